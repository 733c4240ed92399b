"use strict";

// The same request for three languages. $ACCESS_TOKEN in a header is a variable in each of them.

const PLACEHOLDER = /\$([A-Z_]+)/g;
const indented = (text, by = "  ") => text.replaceAll("\n", `\n${by}`);
const isJson = ({ headers }) => /json/.test(headers["Content-Type"] ?? "");
const readBody = (request) => {
  try {
    return isJson(request) ? JSON.parse(request.body) : undefined;
  } catch {
    return undefined; // What a reader has typed need not be JSON.
  }
};

const inShell = (text) =>
  text.search(PLACEHOLDER) < 0 ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `"${text}"`;

const curl = ({ method, url, headers, body }) => {
  const isDefault = method === (body === undefined ? "GET" : "POST");
  const parts = [`curl${isDefault ? "" : ` -X ${method}`} ${inShell(url)}`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${inShell(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`-d '${body.replaceAll("'", String.raw`'\''`)}'`);
  return parts.join(" \\\n  ");
};

const camelCase = (name) => name.toLowerCase().replace(/_(.)/g, (_all, letter) => letter.toUpperCase());

const fetchSample = (request) => {
  const { method, url, headers, body } = request;
  const named = Object.entries(headers).map(([name, value]) => {
    const filled = value.replace(PLACEHOLDER, (_all, variable) => `\${${camelCase(variable)}}`);
    return `    ${JSON.stringify(name)}: ${filled === value ? JSON.stringify(value) : `\`${filled}\``},`;
  });
  const data = readBody(request);
  const text = data === undefined ? JSON.stringify(body) : `JSON.stringify(${indented(JSON.stringify(data, null, 2))})`;
  const options = [
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    ...(named.length ? ["  headers: {", ...named, "  },"] : []),
    ...(body === undefined ? [] : [`  body: ${text},`]),
  ];
  const last = options.length ? `, {\n${options.join("\n")}\n}` : "";
  return `const response = await fetch(${JSON.stringify(url)}${last});\nconsole.log(response.status, await response.text());`;
};

const inPython = (value, indent = "") => {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const within = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => inPython(item, within))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${inPython(item, within)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return items.length ? `${open}\n${items.map((item) => `${within}${item},\n`).join("")}${indent}${close}` : open + close;
};

const python = (request) => {
  const { method, url, headers, body } = request;
  const data = readBody(request);
  const named = Object.entries(headers).map(([name, value]) => {
    const filled = value.replace(PLACEHOLDER, (_all, variable) => `{${variable.toLowerCase()}}`);
    return `        ${JSON.stringify(name)}: ${filled === value ? "" : "f"}${JSON.stringify(filled)},`;
  });
  const lines = [
    JSON.stringify(url),
    ...(named.length ? [`headers={\n${named.join("\n")}\n    }`] : []),
    ...(body === undefined ? [] : [data === undefined ? `data=${JSON.stringify(body)}` : `json=${inPython(data, "    ")}`]),
  ];
  const call = `response = requests.${method.toLowerCase()}(\n${lines.map((line) => `    ${line},\n`).join("")})`;
  return `import requests\n\n${call}\nprint(response.status_code, response.text)`;
};

const LANGUAGES = [
  { label: "curl", lang: "Shell", write: curl },
  { label: "fetch", lang: "JavaScript", write: fetchSample },
  { label: "Python", lang: "Python", write: python },
];

// Programs send a token. Only the sign-in of web pages is a matter of cookies, which a browser sends by itself.
const credentialsOf = (security = []) => {
  if (!security.length || security.some((each) => !Object.keys(each).length)) return {};
  const names = security.flatMap((each) => Object.keys(each));
  if (names.includes("bearerAuth")) return { Authorization: "Bearer $ACCESS_TOKEN" };
  return names.includes("csrfToken") ? { "X-CSRFToken": "$CSRF_TOKEN" } : {};
};

const exampleOf = (content) => content.example ?? Object.values(content.examples ?? {})[0]?.value;

// The request of an operation's examples, with required parameters alone.
const exampleRequest = (path, method, operation, document) => {
  const required = (operation.parameters ?? []).map((each) => resolve(each, document)).filter((each) => each.required);
  const values = (place) =>
    Object.fromEntries(required.filter((each) => each.in === place).map((each) => [each.name, each.example ?? ""]));
  const inPath = values("path");
  const filled = path.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(inPath[name]));
  const query = new URLSearchParams(values("query"));
  const [[mediaType, content] = []] = Object.entries(resolve(operation.requestBody, document)?.content ?? {});
  return {
    method: method.toUpperCase(),
    url: `${location.origin}${filled}${query.size ? `?${query}` : ""}`,
    headers: {
      ...(content && { "Content-Type": mediaType }),
      ...values("header"),
      ...credentialsOf(operation.security),
    },
    body: content && JSON.stringify(exampleOf(content), null, 2),
  };
};
