// A visit to a page that is built as docs/front-end.md says.
import { lose, open } from "./browser.js"; // First: it replaces fetch.
import { api, type Post } from "./api.js";
import { article } from "./articles.js";
import { read, save } from "./editing.js";
import { messages } from "./forms.js";
import { page } from "./lists.js";
import { newest } from "./newest.js";
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

await api.POST("/api/v1/users", { body: { username, email: `${username}@example.com`, password } });
const before = await whoAmI();
const wrong = await signIn(username, "a wrong password").catch(messages);
await signIn(username, password);
const signedIn = (await whoAmI())?.username;

const titles = Array.from({ length: 25 }, (_, number) => `Post ${number}`);
for (const title of titles) await api.POST("/api/v1/posts", { body: { title, body: "Typed.", tags: [username] } });
const listed = await walked(username);
const all = (await walked()).length;

const table = await api.GET("/api/v1/posts", {
  params: { query: { tag: [username], fields: ["slug", "title"], page: 1 } },
});

const faulty = await api.POST("/api/v1/posts", { body: { title: "", body: "Typed.", tags: ["!?"] } });

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

await signOut();
const report = {
  before,
  wrong,
  signedIn,
  listed: listed.map((post) => post.title),
  table: [table.data?.count, Object.keys(table.data?.results[0] ?? {})],
  faults: faulty.error && messages(faulty.error),
  all: all >= titles.length,
  saved: saved?.post.title,
  stale,
  savedAgain: [savedAgain?.post.title, savedAgain?.post.body],
  shown,
  newest: [inFeed.length, inFeed[0]?.title, inFeed[0]?.url.startsWith(`${baseUrl}/api/v1/posts/`)],
  after: await whoAmI(),
};
console.log(JSON.stringify(report));
