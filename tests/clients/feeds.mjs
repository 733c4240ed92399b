// Each feed as feedsmith parses it.
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";

const [baseUrl, username] = process.argv.slice(2);
const password = "correct-horse-battery-staple";

async function post(path, body, headers = {}) {
  const sent = { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
  return (await fetch(baseUrl + path, sent)).json();
}

await post("/api/v1/users", { username, email: `${username}@example.com`, password });
const { meta } = await post("/api/auth/app/v1/auth/login", { username, password });
const headers = { Authorization: `Bearer ${meta.access_token}` };
const body = "See [*this*](/x). <script>alert(1)</script> ]]> \u{1f600}";
for (const title of ["One <b>", "Two & three ]]>"])
  await post("/api/v1/posts", { title, body, excerpt: "1 < 2", tags: ["a", username] }, headers);

const text = async (name) => (await fetch(`${baseUrl}/feeds/posts.${name}?author=${username}`)).text();
const atom = parseAtomFeed(await text("atom"));
const rss = parseRssFeed(await text("rss"));
const json = parseJsonFeed(await text("json"));
const self = (links) => links.find(({ rel }) => rel === "self").href.replace(baseUrl, "");
console.log(
  JSON.stringify({
    urls: [self(atom.links), self(rss.atom.links), json.feed_url.replace(baseUrl, "")],
    titles: [atom.entries.map((each) => each.title.value ?? each.title), rss.items.map((each) => each.title), json.items.map((each) => each.title)],
    equalIds: new Set([atom.entries, json.items].map((each) => each.map(({ id }) => id).join())).size === 1,
    rssIds: rss.items.map(({ guid }, index) => [guid.value === json.items[index].id, guid.isPermaLink]),
    authors: [atom.entries[0].authors[0].name, rss.items[0].dc.creators?.[0] ?? rss.items[0].dc.creator, json.items[0].authors[0].name],
    tags: [atom.entries[0].categories.map(({ term }) => term), rss.items[0].categories.map(({ name }) => name), json.items[0].tags],
    content: [atom.entries[0].content.value ?? atom.entries[0].content, rss.items[0].content.encoded, json.items[0].content_html].map((each) =>
      each.trim().replaceAll(baseUrl, "")),
    dated: [atom.entries[0].updated, rss.items[0].atom.updated, json.items[0].date_modified].map((each) => new Date(each).getTime()).every(
      (each, _, [first]) => each === first && each > 0),
  }),
);
