"use strict";

const container = document.getElementById("swagger-ui");
const { schemaUrl, csrfCookie, csrfHeader } = container.dataset;

// Read for every request: signing in or out gives the browser another token.
const csrfToken = () =>
  document.cookie
    .split("; ")
    .find((cookie) => cookie.startsWith(`${csrfCookie}=`))
    ?.slice(csrfCookie.length + 1);

// What most readers come for is open; the many steps of signing in are a click or a search away.
const isOpenAtFirst = (tag) => !tag.startsWith("Auth-");

// Swagger UI fills every parameter in with its example, which would narrow each list to nothing. And the page is served
// from where the API is, however a proxy names that.
const forTryingOut = (document) => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  const parameters = operations.flatMap((operation) => operation.parameters ?? []);
  for (const parameter of [...parameters, ...Object.values(document.components.parameters)]) {
    if (!parameter.required) delete parameter.example;
  }
  return { ...document, servers: [{ url: "/" }] };
};

// Swagger UI's own filter knows the names of tags only.
const Search = (system) => ({
  fn: {
    opsFilter: (taggedOperations, phrase) => {
      const words = phrase.toLowerCase().split(/\s+/);
      const isMeant = (tag, each) => {
        const said = [tag, each.get("method"), each.get("path"), each.getIn(["operation", "summary"])];
        return words.every((word) => said.join(" ").toLowerCase().includes(word));
      };
      return taggedOperations
        .map((group, tag) => group.update("operations", (all) => all.filter((each) => isMeant(tag, each))))
        .filter((group) => !group.get("operations").isEmpty());
    },
  },
  components: {
    FilterContainer: () => {
      const { createElement } = system.React;
      const search = {
        "aria-label": "Search the operations",
        className: "operation-filter-input",
        onChange: (event) => system.layoutActions.updateFilter(event.target.value),
        placeholder: "Search: password, delete post…",
        type: "search",
      };
      return createElement("div", { className: "wrapper" }, createElement("input", search));
    },
  },
  statePlugins: {
    spec: {
      wrapActions: { updateJsonSpec: (original) => (document) => original(forTryingOut(document)) },
    },
    layout: {
      wrapSelectors: {
        // Selectors rather than actions, since each action of the layout would change the address of the page.
        isShown: (original) => (state, thing, byDefault) => {
          if (thing[0] !== "operations-tag") return original(thing, byDefault);
          const isSearched = typeof state.get("filter") === "string" && state.get("filter") !== "";
          return isSearched || original(thing, isOpenAtFirst(thing[1]));
        },
      },
    },
  },
});

SwaggerUIBundle({
  url: schemaUrl,
  domNode: container,
  plugins: [Search],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const isOwn = new URL(request.url, location.href).origin === location.origin;
    const isRead = ["GET", "HEAD", "OPTIONS"].includes(request.method ?? "GET");
    if (isOwn && !isRead && !request.headers.Authorization) {
      request.headers[csrfHeader] = csrfToken() ?? "";
    }
    return request;
  },
});
