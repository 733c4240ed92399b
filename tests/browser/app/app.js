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

// Says how it went: the status, and of a problem its code and its first fault.
function show({ response, content }) {
  const fault = content?.errors?.[0];
  const shown = content?.title ?? content?.results?.map((post) => post.title).join(", ") ?? "";
  output.value = [response.status, content?.code, fault?.pointer, shown].filter(Boolean).join(" | ");
}

async function signIn(form) {
  if (client === "browser") await call("GET", "/api/auth/browser/v1/config"); // Brings the first CSRF token.
  const body = Object.fromEntries(new FormData(form));
  const answer = await call("POST", `/api/auth/${client}/v1/auth/login`, { body });
  accessToken = answer.content.meta?.access_token ?? "";
  return answer;
}

async function save(form) {
  const body = Object.fromEntries(new FormData(form));
  const answer = current.tag
    ? await call("PATCH", current.address, { body, headers: { "If-Match": current.tag } })
    : await call("POST", posts, { body });
  const { headers, ok } = answer.response;
  if (ok) current = { address: headers.get("Location") ?? current.address, tag: headers.get("ETag") };
  return answer;
}

async function read() {
  const answer = await call("GET", current.address);
  current.tag = answer.response.headers.get("ETag");
  return answer;
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
      output.value = error.message; // Of fetch: the browser kept the answer, or the request, to itself.
    }
  });
}
