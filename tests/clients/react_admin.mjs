// The calls of React-admin to a data provider, through its provider for Django REST Framework. The provider names an old
// ra-core as its peer dependency; package.json overrides that with the current one, as users of both do.
import { fetchUtils } from "ra-core";
import drfProvider from "ra-data-django-rest-framework";

const [baseUrl, username] = process.argv.slice(2);
const password = "correct-horse-battery-staple";
const { fetchJson } = fetchUtils;

async function post(path, body) {
  return (await fetchJson(baseUrl + path, { method: "POST", body: JSON.stringify(body) })).json;
}

await post("/api/v1/users", { username, email: `${username}@example.com`, password });
const { meta } = await post("/api/auth/app/v1/auth/login", { username, password });
const user = { authenticated: true, token: `Bearer ${meta.access_token}` };
const provider = drfProvider.default(`${baseUrl}/api/v1`, (url, options) => fetchJson(url, { ...options, user }));

const titles = ({ data }) => data.map((record) => record.title);
const table = (page) => ({ pagination: { page, perPage: 2 }, sort: { field: "title", order: "DESC" }, filter: {} });
const ofTag = (page) => ({ ...table(page), filter: { tag: username, q: "react" } });

const created = [];
for (const title of ["One", "Three", "Two"]) {
  const data = { title, body: "By React.", tags: [username] };
  created.push((await provider.create("posts", { data })).data);
}
const [one, three] = created;
const pages = [await provider.getList("posts", ofTag(1)), await provider.getList("posts", ofTag(2))];
const read = await provider.getOne("posts", { id: one.id });
const many = await provider.getMany("posts", { ids: [one.id, three.id] });
const authored = { ...table(1), target: "author", id: one.author.id };
const references = await provider.getManyReference("posts", authored);
const users = await provider.getList("users", { ...table(1), sort: { field: "id", order: "DESC" } });
// Its forms send the whole record back, read-only members included.
const updated = await provider.update("posts", { id: one.id, data: { ...read.data, title: "Uno" }, previousData: one });
const refused = await provider.update("posts", { id: one.id, data: { ...read.data, title: "" } }).catch((error) => error);
await provider.updateMany("posts", { ids: [one.id, three.id], data: { excerpt: "Both." } });
const both = await provider.getMany("posts", { ids: [one.id, three.id] });
await provider.delete("posts", { id: one.id, previousData: one });
const gone = await provider.getOne("posts", { id: one.id }).catch((error) => error);
await provider.deleteMany("posts", { ids: created.slice(1).map((record) => record.id) });
const left = await provider.getList("posts", ofTag(1));

const report = {
  created: created.map((record) => record.title),
  list: pages.map((page) => [titles(page), page.total]),
  one: read.data.title,
  many: titles(many),
  references: [titles(references), references.total],
  newest_user: users.data[0].username,
  updated: [updated.data.title, updated.data.slug === one.slug],
  refused: [refused.status, refused.body.errors.map((error) => [error.pointer, error.code])],
  both: both.data.map((record) => record.excerpt),
  left: left.total,
  gone: [gone.status, gone.message, gone.body.code],
};
console.log(JSON.stringify(report));
