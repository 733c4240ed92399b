"use strict";

const EVERYWHERE = ["RateLimit", "RateLimit-Policy", "X-Request-ID"];

// Swagger UI fills every parameter in with its example, which would narrow each list to nothing. They are in the text.
const forTryingOut = (document) => {
  const parameters = operationsOf(document).flatMap(({ operation }) => operation.parameters ?? []);
  for (const parameter of [...parameters, ...Object.values(document.components.parameters)]) {
    if (parameter.$ref || parameter.required) continue;
    const example = [parameter.example].flat().join(",");
    if (example && !parameter.description.includes(example)) parameter.description += ` Example: \`${example}\``;
    delete parameter.example;
  }
  // They would be half of each operation. The text at the top of the page says that all responses have them.
  const responses = operationsOf(document).flatMap(({ operation }) => Object.values(operation.responses));
  for (const { headers } of [...responses, ...Object.values(document.components.responses)]) {
    EVERYWHERE.forEach((name) => delete headers?.[name]);
  }
  return document;
};

const Navigation = (system) => {
  let shown = {};

  // The document's tags have the account's operations in the group of the sign-in. Links by its tags find them, too.
  const currentHash = (hash) => {
    const [, tag, name] = decodeURIComponent(hash).match(/^#\/([^/]+)\/(.+)$/) ?? [];
    const found = name && operationsOf(shown).find(({ operation }) => operation.operationId === name);
    return found ? hash.replace(`#/${tag}/`, `#/${found.operation.tags[0]}/`) : hash;
  };
  const follow = () => {
    if (location.hash === SIGN_IN_HASH) Caller.openDialog();
    else system.layoutActions.parseDeepLinkHash(currentHash(location.hash));
  };
  addEventListener("hashchange", follow);

  const updateJsonSpec = (original) => (source) => {
    shown = forTryingOut(forReaders(source));
    original(shown);
    follow(); // Swagger UI has done so before there was a document.
  };
  return {
    statePlugins: {
      spec: { wrapActions: { updateJsonSpec } },
      layout: {
        wrapSelectors: {
          // What most readers come for is open; the rest of the account is a click or a search away.
          isShown: (original) => (state, thing, byDefault) =>
            original(thing, thing[0] === "operations-tag" ? !thing[1].startsWith("Account-") : byDefault),
        },
      },
    },
  };
};

// Swagger UI opens every link of a text in another tab.
addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[target]");
    if (link?.origin === location.origin) link.removeAttribute("target");
  },
  true,
);

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", darkScheme.matches);
followScheme();
darkScheme.addEventListener("change", followScheme);

const isRead = (method) => ["GET", "HEAD", "OPTIONS"].includes(method ?? "GET");

const ui = SwaggerUIBundle({
  url: page.schemaUrl,
  domNode: document.getElementById("swagger-ui"),
  // Navigation is last, so that it comes first: Search, Operations and SignIn get the document from it.
  plugins: [Subtrees, Search, Operations, SignIn, Navigation],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: true,
  requestSnippetsEnabled: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    if (isOwn && !isRead(request.method) && !request.headers.Authorization) {
      request.headers[page.csrfHeader] = csrfToken() ?? "";
    }
    return request;
  },
  // The operations of web pages sign the reader in and out, too, and a session can end.
  responseInterceptor: (response) => {
    const { pathname } = new URL(response.url || location.href, location.href);
    if (pathname.startsWith(`${AUTH}/`) || (response.status === 401 && Caller.hasCookie())) Caller.refresh();
    return response;
  },
});
