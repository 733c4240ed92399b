// A visit to a page that is built as docs/front-end.md says.

const [baseUrl, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";

// A browser, as far as cookies go; and a network that can lose an answer.
const cookies = new Map<string, string>();
const readable = new Set<string>(); // By scripts.
const cookieHeader = (names: Iterable<string>) => [...names].map((name) => `${name}=${cookies.get(name)}`).join("; ");
let lost = "";
const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const goes = request.credentials === "include";
  if (goes) request.headers.set("Cookie", cookieHeader(cookies.keys()));
  const response = await send(request);
  for (const cookie of goes ? response.headers.getSetCookie() : []) {
    const [name = "", value = ""] = cookie.split(/[=;]/);
    cookies.set(name, value);
    if (!/httponly/i.test(cookie)) readable.add(name);
  }
  if (request.method !== lost) return response;
  lost = "";
  throw new TypeError("the answer was lost");
};
Object.defineProperty(globalThis, "document", { value: { get cookie() { return cookieHeader(readable); } } });

const { api } = await import("./api.js");
const { signIn, signOut, whoAmI } = await import("./session.js");
const { messages } = await import("./forms.js");
const { posts } = await import("./lists.js");
const { article } = await import("./articles.js");
const { newest } = await import("./newest.js");
const { read, save } = await import("./editing.js");
const { httpClient } = await import("./admin.js");

await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password } });
const before = await whoAmI();
const wrong = await signIn(username, "a wrong password").catch(messages);
await signIn(username, password);
const signedIn = await whoAmI();

const titles = Array.from({ length: 25 }, (_, number) => `Post ${number}`);
for (const title of titles) await api.POST("/api/v1/posts", { body: { title, body: "Typed.", tags: [username] } });
const listed = [];
for await (const post of posts(username)) listed.push(post);
let all = 0;
for await (const _ of posts()) all += 1;

const table = await api.GET("/api/v1/posts", {
  params: { query: { tag: [username], fields: ["slug", "title"], page: 1 } },
});

const faulty = await api.POST("/api/v1/posts", { body: { title: "", body: "Typed.", tags: ["!?"] } });

const body = JSON.stringify({ title: "", body: "Typed.", tags: ["!?"] });
const refused = await httpClient(`${baseUrl}/api/v1/posts`, { method: "POST", body }).catch((error) => error);

const opened = await read(listed[0]?.id ?? "");
lost = "PATCH";
const saved = await save(opened, { title: "Mine" });
const stale = await save(opened, { title: "Theirs" });
const savedAgain = saved && (await save(saved, { body: "Mine." }));

await api.PATCH("/api/v1/posts/{id}", {
  params: { path: { id: opened.post.slug } },
  body: { body: "See <https://a.example>.<script>alert(1)</script>" },
});
const shown = [await article(opened.post.slug), await article("no-such-post")];
const inFeed = await newest(username);

await signOut();
const report = {
  before,
  wrong,
  signedIn,
  listed: listed.map((post) => post.title),
  table: [table.data?.count, Object.keys(table.data?.results[0] ?? {})],
  faults: faulty.error && messages(faulty.error),
  all: all >= titles.length,
  refused: [refused.body.errors, refused.message],
  saved: saved?.post.title,
  stale,
  savedAgain: [savedAgain?.post.title, savedAgain?.post.body],
  shown,
  newest: [inFeed.length, inFeed[0]?.title, inFeed[0]?.url.startsWith(`${baseUrl}/api/v1/posts/`)],
  after: await whoAmI(),
};
console.log(JSON.stringify(report));
