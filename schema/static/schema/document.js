"use strict";

// The document as the pages show it. The document itself is for programs: its tags name the modules of generated clients.

const PROBLEM = "application/problem+json";
const SIGN_IN = ["/auth/signup", "/auth/login", "/tokens/refresh", "/auth/session"]; // In this order, before all others.
const ACCOUNT_GROUPS = {
  "Auth-app": {
    name: "Account-app",
    "x-displayName": "Account (apps)",
    description: "Passwords, e-mail addresses, sessions and second factors, with tokens.",
  },
  "Auth-browser": {
    name: "Account-browser",
    "x-displayName": "Account (web pages)",
    description: "The same with a session cookie.",
  },
};

const signInStep = (path) =>
  path.startsWith("/api/auth/") ? SIGN_IN.findIndex((end) => path.endsWith(end)) : -1;

// The names on the way to a place in the document (RFC 6901 §6).
const namesIn = (pointer) =>
  pointer.slice(2).split("/").map((name) => decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~"));

const valueAt = (names, document) => names.reduce((within, name) => within?.[name], document);

const resolve = (node, document) => (node?.$ref ? valueAt(namesIn(node.$ref), document) : node);

const operationsOf = (document) =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

// Each problem that a response with this status can be, with the address of its explanation.
const problemsOf = (status, response, document) => {
  const examples = resolve(response, document).content?.[PROBLEM]?.examples ?? {};
  return Object.values(examples).map(({ value }) => ({ ...value, status }));
};

const groupOf = (path, method, tag) => {
  const isAccount = signInStep(path) < 0 || (path.endsWith("/auth/session") && method === "get");
  return tag in ACCOUNT_GROUPS && isAccount ? ACCOUNT_GROUPS[tag].name : tag;
};

const arrange = (document) => {
  const known = Object.entries(document.paths);
  const steps = known.filter(([path]) => signInStep(path) >= 0);
  steps.sort(([one], [other]) => signInStep(one) - signInStep(other));
  document.paths = Object.fromEntries([...steps, ...known]);
  for (const { path, method, operation } of operationsOf(document)) {
    operation.tags = operation.tags.map((tag) => groupOf(path, method, tag));
  }
  const lastOfSignIn = document.tags.findIndex((tag) => tag.name === "Auth-browser");
  document.tags.splice(lastOfSignIn + 1, 0, ...Object.values(ACCOUNT_GROUPS));
};

// The document with the sign-in before the rest of the account, the errors as `x-problems`, and this page's own address.
const forReaders = (source) => {
  const [{ url }] = source.servers;
  const document = JSON.parse(JSON.stringify(source).replaceAll(url, location.origin));
  document.servers = [{ url: location.origin }];
  arrange(document);
  for (const { operation } of operationsOf(document)) {
    const problems = Object.entries(operation.responses)
      .filter(([status]) => status >= "400")
      .flatMap(([status, response]) => problemsOf(status, response, document));
    operation["x-problems"] = problems;
    for (const { status } of problems) {
      const links = problems.filter((each) => each.status === status).map((each) => `[${each.code}](${each.type})`);
      operation.responses[status] = { description: links.join(", ") };
    }
  }
  return document;
};
