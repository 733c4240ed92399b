"use strict";

// What a page of another origin does with the API, in few words. Its address names the API and how it signs in:
// `?api=http://localhost:8000&client=browser` by cookie, `client=app` by token.
const { api, client } = Object.fromEntries(new URLSearchParams(location.search));
const output = document.querySelector("output");
const posts = "/api/v1/posts";
let accessToken = "";
let current = {}; // The post on show: its address and its tag.

const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";

async function call(method, path, { body, headers = {} } = {}) {
  const known = client === "browser" && method !== "GET" ? { "X-CSRFToken": csrfToken() } : {};
  const signed = accessToken ? { Authorization: `Bearer ${accessToken}` } : known;
  const response = await fetch(new URL(path, api), {
    method,
    credentials: client === "browser" ? "include" : "omit",
    headers: { ...(body && { "Content-Type": "application/json" }), ...signed, ...headers },
    body: body && JSON.stringify(body),
  });
  return { response, content: response.status === 204 ? null : await response.json() };
}

// Shows the status, and of a problem its code and its first error.
function show({ response, content }) {
  const error = content?.errors?.[0];
  const shown = content?.title ?? content?.results?.map((post) => post.title).join(", ") ?? "";
  output.value = [response.status, content?.code, error?.pointer, shown].filter(Boolean).join(" | ");
}

async function signIn(form) {
  if (client === "browser") await call("GET", "/api/auth/browser/v1/config"); // Sets the first CSRF cookie.
  const body = Object.fromEntries(new FormData(form));
  const result = await call("POST", `/api/auth/${client}/v1/auth/login`, { body });
  accessToken = result.content.meta?.access_token ?? "";
  return result;
}

async function save(form) {
  const body = Object.fromEntries(new FormData(form));
  const result = current.tag
    ? await call("PATCH", current.address, { body, headers: { "If-Match": current.tag } })
    : await call("POST", posts, { body });
  const { headers, ok } = result.response;
  if (ok) current = { address: headers.get("Location") ?? current.address, tag: headers.get("ETag") };
  return result;
}

async function read() {
  const result = await call("GET", current.address);
  current.tag = result.response.headers.get("ETag");
  return result;
}

const actions = {
  "sign-in": signIn,
  edit: save,
  read,
  list: () => call("GET", posts),
  delete: () => call("DELETE", current.address, { headers: { "If-Match": current.tag } }),
};

for (const [id, act] of Object.entries(actions)) {
  const element = document.getElementById(id);
  element.addEventListener(element.tagName === "FORM" ? "submit" : "click", async (event) => {
    event.preventDefault();
    output.value = "";
    try {
      show(await act(element));
    } catch (error) {
      output.value = error.message; // From fetch: CORS blocked the request or the response.
    }
  });
}
