// A day with an app that is built as docs/mobile.md says.
import { connect } from "./api.js";
import { read, type PostCache } from "./reading.js";
import type { Tokens } from "./session.js";

const [baseUrl, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
const refreshing = "/api/auth/app/v1/tokens/refresh";

// The network: it can be away, hold back an answer, and lose that to the next request for a path, or be too busy for it.
let online = true;
let busy = "";
let held: Promise<void> | undefined;
let lost = "";
let asked: string[] = [];
const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const path = new URL(request.url).pathname;
  if (!online) throw new TypeError("no connection");
  if (path === busy) {
    busy = "";
    return Response.json({ code: "unavailable" }, { status: 503, headers: { "Retry-After": "1" } });
  }
  const until = held;
  held = undefined;
  const response = await send(request);
  await until;
  asked.push(`${request.method} ${path} ${response.status}`);
  if (path === refreshing && request.headers.has("Authorization")) asked.push("a token with the refresh");
  if (path !== lost) return response;
  lost = "";
  throw new TypeError("the answer was lost");
};

let tokens: Tokens = {};
const { session, api } = connect({ read: async () => tokens, write: async (written) => void (tokens = written) });
const path = (id: string) => ({ params: { path: { id } } });
const status = async () => (await api.GET("/api/v1/users/{id}", path("me"))).response.status;
const failed = () => "failed";

await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password } });
await session.signIn(username, password);

asked = [];
tokens = { ...tokens, access_token: "over" };
const together = await Promise.all([1, 2, 3, 4, 5].map(status));
const refreshes = asked.filter((each) => each.includes("refresh"));

// One hears that its token was over when another has long refreshed it.
asked = [];
tokens = { ...tokens, access_token: "over" };
let release = () => {};
held = new Promise((resolve) => (release = resolve));
const slow = status();
const quick = await status();
release();
const late = [quick, await slow, asked.filter((each) => each.includes("refresh")).length];

tokens = { ...tokens, access_token: "over" };
lost = refreshing;
const withoutAnswer = await status().catch(failed);
busy = refreshing;
const withBusyServer = await status().catch(failed);
const askedAgain = await status();

await api.POST("/api/v1/posts", { body: { title: "Read in a tunnel", body: "Dark." } });
const cache: PostCache = new Map();
const id = "read-in-a-tunnel";
asked = [];
const first = await read(api, cache, id);
const second = await read(api, cache, id);
online = false;
const third = await read(api, cache, id);
online = true;
const readBy = [...asked];

// A write whose response was lost, sent again with its key, and then changed.
const key = { "Idempotency-Key": crypto.randomUUID() };
const write = (title: string) => api.POST("/api/v1/posts", { params: { header: key }, body: { title, body: "Dark." } });
lost = "/api/v1/posts";
const unanswered = await write("Sent twice").catch(failed);
const repeated = [await write("Sent twice"), await write("Changed")].map(({ response }) => response.status);
const sent = await api.GET("/api/v1/posts", { params: { query: { author: "me", search: "sent twice" } } });

// A write that has waited longer than a key is stored.
const written = { title: "Waited", body: "Long.", published_at: "2026-01-31T09:30:00Z" };
const params = { path: { id: "01990000-0000-7abc-8abc-0000000000aa" }, header: { "If-None-Match": "*" } };
const arrive = () => api.PUT("/api/v1/posts/{id}", { params, body: written });
const [own, ownAgain] = [await arrive(), await arrive()];

// An edit whose response was lost.
const edit = (header: object) =>
  api.PATCH("/api/v1/posts/{id}", { params: { path: { id }, header }, body: { title: "Read in the dark" } });
const guarded = { "If-Match": cache.get(id)?.etag ?? "", "Idempotency-Key": crypto.randomUUID() };
lost = `/api/v1/posts/${id}`;
const unheard = await edit(guarded).catch(failed);
const edited = [await edit(guarded), await edit({ "If-Match": guarded["If-Match"] })].map(({ response }) => response.status);

await api.DELETE("/api/v1/posts/{id}", path(id));
const gone = [(await read(api, cache, id)) ?? null, cache.size];

// A refresh whose response was lost, and a sign-in with an expired token.
const refresh = async () => {
  const body = JSON.stringify({ refresh_token: tokens.refresh_token });
  const headers = { "Content-Type": "application/json" };
  return (await (await send(baseUrl + refreshing, { method: "POST", headers, body })).json()).data;
};
const renewed = [await refresh(), await refresh()];
const login = await send(`${baseUrl}/api/auth/app/v1/auth/login`, {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: "Bearer over" },
  body: JSON.stringify({ username, password }),
});

tokens = { access_token: "over", refresh_token: "over" };
const signedOut = await status();

const report = {
  together,
  refreshes,
  late,
  unrefreshed: [withoutAnswer, withBusyServer],
  askedAgain,
  read: [first, second, third].map((post) => post?.title),
  readBy,
  written: [unanswered, ...repeated, sent.data?.results.length],
  waited: [own.response.status, ownAgain.response.status, own.data?.published_at],
  edited: [unheard, ...edited],
  gone,
  renewed: renewed[0].refresh_token === renewed[1].refresh_token && renewed[0].access_token === renewed[1].access_token,
  login: login.status,
  signedOut: [signedOut, tokens],
};
console.log(JSON.stringify(report));
