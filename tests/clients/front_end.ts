// A visit to a page that is built as docs/front-end.md says.
import { lose, open } from "./browser.js"; // First: it replaces fetch.
import { api, type Post } from "./api.js";
import { article } from "./articles.js";
import { create } from "./creating.js";
import { read, save } from "./editing.js";
import { messages } from "./forms.js";
import { page } from "./lists.js";
import { newest } from "./newest.js";
import { retried } from "./retrying.js";
import { signIn, signOut, whoAmI } from "./session.js";

const [baseUrl, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";

open();

/** All pages of the list. */
async function walked(tag?: string): Promise<Post[]> {
  const posts = [];
  let next: string | undefined;
  do {
    const read = await page(next, tag);
    posts.push(...read.posts);
    next = read.cursor;
  } while (next);
  return posts;
}

const weak = await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password: "1234" } });
await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password } });
const before = await whoAmI();
const wrong = await signIn(username, "a wrong password").catch((error) => messages(error, "username", "password"));
await signIn(username, password);
await signIn(username, password); // As in a second tab.
const signedIn = (await whoAmI())?.username;

const titles = Array.from({ length: 25 }, (_, number) => `Post ${number}`);
for (const title of titles) await api.POST("/api/v1/posts", { body: { title, body: "Typed.", tags: [username] } });
const listed = await walked(username);
const all = (await walked()).length;

const table = await api.GET("/api/v1/posts", {
  params: { query: { tag: [username], fields: ["slug", "title"], page: 1 } },
});

const misspelled = { title: "", body: "Typed.", tags: ["fine", "!?"], titel: "Typed." };
const faulty = await api.POST("/api/v1/posts", { body: misspelled });

/** Of a post whose first response is lost, and which is sent once more. */
async function createdTwice(): Promise<boolean> {
  const key = crypto.randomUUID();
  const draft = { title: "Once", body: "Typed." };
  lose("POST");
  const [first, second] = [await create(key, draft), await create(key, draft)];
  await api.DELETE("/api/v1/posts/{id}", { params: { path: { id: first.id } } });
  return first.id !== second.id;
}

/** The statuses of a write that is a 409 with each of these codes, and then succeeds. */
async function retriedStatuses(...codes: string[]): Promise<number[]> {
  const statuses: number[] = [];
  const headers = { "Retry-After": "0" };
  await retried(async () => {
    const error = { code: codes[statuses.length] };
    statuses.push(error.code ? 409 : 200);
    return { error, response: new Response(null, { status: error.code ? 409 : 200, headers }) };
  });
  return statuses;
}

const opened = await read(listed[0]?.id ?? "");
lose("PATCH");
const saved = await save(opened, { title: "Mine" });
const stale = await save(opened, { title: "Theirs" });
const savedAgain = saved && (await save(saved, { body: "Mine." }));

await api.PATCH("/api/v1/posts/{id}", {
  params: { path: { id: opened.post.slug } },
  body: { body: "See <https://a.example>.<script>alert(1)</script>" },
});
const shown = [await article(opened.post.slug), await article("no-such-post")];
const inFeed = await newest(username);

const wasCreatedTwice = await createdTwice();

await signOut();
const report = {
  before,
  wrong,
  signedIn,
  listed: listed.map((post) => post.title),
  table: [table.data?.count, Object.keys(table.data?.results[0] ?? {})],
  weak: messages(weak.error, "password"),
  faults: messages(faulty.error, "title", "tags"),
  wasCreatedTwice,
  inProgress: await retriedStatuses("request_in_progress", "request_in_progress"),
  taken: await retriedStatuses("id_taken"),
  all: all >= titles.length,
  saved: saved?.post.title,
  stale,
  savedAgain: [savedAgain?.post.title, savedAgain?.post.body],
  shown,
  newest: [inFeed.length, inFeed[0]?.title, inFeed[0]?.url.startsWith(`${baseUrl}/api/v1/posts/`)],
  after: await whoAmI(),
};
console.log(JSON.stringify(report));
