// The calls of React-admin to the data provider and the auth provider of docs/react-admin.md.
import { open } from "./browser.js"; // First: it replaces fetch.
import { authProvider } from "./authProvider.js";
import { dataProvider as provider } from "./dataProvider.js";
import { send } from "./http.js";

const [, username] = process.argv.slice(2) as [string, string];
const password = "correct-horse-battery-staple";
const failed = (error: any) => error;

open();
const body = JSON.stringify({ username, email: `${username}@example.com`, password });
const signedUp = await send("/api/v1/users", { method: "POST", body });
const unknown = await authProvider.checkAuth({}).catch(failed);
const loggedOut = await authProvider.logout({}).catch(failed);
const wrong = await authProvider.login({ username, password: "a wrong password" }).catch(failed);
await authProvider.login({ username, password });
const identity = await authProvider.getIdentity!();

const titles = ({ data }: { data: any[] }) => data.map((record) => record.title);
const table = (page: number) => ({
  pagination: { page, perPage: 2 },
  sort: { field: "title", order: "DESC" as const },
  filter: {},
});
const ofTag = (page: number) => ({ ...table(page), filter: { tag: username, q: "react" } });

const created: any[] = [];
for (const title of ["One", "Three", "Two"]) {
  const data = { title, body: "By React.", tags: [username] };
  created.push((await provider.create("posts", { data })).data);
}
const [one, three] = created;
const pages = [await provider.getList("posts", ofTag(1)), await provider.getList("posts", ofTag(2))];
const past = await provider.getList("posts", ofTag(3));
const read = await provider.getOne("posts", { id: one.id });
const many = await provider.getMany("posts", { ids: [one.id, three.id] });
const authored = { ...table(1), target: "author", id: one.author.id };
const references = await provider.getManyReference("posts", authored);
const users = await provider.getList("users", { ...table(1), sort: { field: "id", order: "DESC" } });
const update = (data: object) => provider.update("posts", { id: one.id, data, previousData: read.data });
// Its forms send the whole record back, read-only members included.
const updated = await update({ ...read.data, title: "Uno" });
const stale = await update({ ...read.data, title: "Ein" }).catch(failed);
const fresh = await provider.getOne("posts", { id: one.id });
const refused = await update({ ...fresh.data, title: "", tags: ["!?"] }).catch(failed);
const refusedAtAll = await send("/api/v1/batch", { method: "POST", body: "[]" }).catch(failed);
await provider.updateMany("posts", { ids: [one.id, three.id], data: { excerpt: "Both." } });
const both = await provider.getMany("posts", { ids: [one.id, three.id] });

// More rows than a page has, as React-admin's export takes them.
const post = (number: number) => ({ title: `Row ${number}`, body: "By React.", tags: [`${username}-export`] });
for (const start of [0, 60]) {
  const numbers = Array.from({ length: 60 }, (_, index) => start + index);
  const operations = numbers.map((number) => ({ method: "POST", path: "/api/v1/posts", body: post(number) }));
  await send("/api/v1/batch", { method: "POST", body: JSON.stringify({ operations }) });
}
const exported = await provider.getList("posts", {
  pagination: { page: 1, perPage: 1000 },
  sort: { field: "created_at", order: "ASC" },
  filter: { tag: `${username}-export` },
});

const comment = JSON.stringify({ body: "A comment." });
await send(`/api/v1/posts/${three.id}/comments`, { method: "POST", body: comment });
const byTime = { ...table(1), sort: { field: "created_at", order: "ASC" as const } };
const comments = await provider.getManyReference("comments", { ...byTime, target: "post", id: three.id });

const staleDelete = await provider.delete("posts", { id: one.id, previousData: read.data }).catch(failed);
const last = await provider.getOne("posts", { id: one.id });
await provider.delete("posts", { id: one.id, previousData: last.data });
const gone = await provider.getOne("posts", { id: one.id }).catch(failed);
await provider.deleteMany("posts", { ids: created.slice(1).map((record) => record.id) });
const left = await provider.getList("posts", ofTag(1));

const may = (action: string, resource: string, record?: object) => authProvider.canAccess!({ action, resource, record });
const own = { author: { id: identity.id } };
const others = { author: { id: "another" } };
const member = [await may("edit", "posts", own), await may("edit", "posts", others), await may("create", "users")];
const permissions = await authProvider.getPermissions!({});
await authProvider.logout({});
const afterwards = await authProvider.getIdentity!().catch(failed);
const ended = await authProvider.checkError(afterwards).catch(failed);

const report = {
  auth: [signedUp.status, unknown.status, loggedOut ?? null, wrong.message, identity.fullName, permissions, member],
  created: created.map((record) => record.title),
  list: pages.map((page) => [titles(page), page.total]),
  past: past.total,
  one: read.data.title,
  many: titles(many),
  references: [titles(references), references.total],
  newest_user: users.data[0].username,
  updated: [updated.data.title, updated.data.slug === one.slug],
  stale: [stale.status, staleDelete.status],
  refused: [refused.status, refused.body.errors, refused.message],
  refused_at_all: [refusedAtAll.status, refusedAtAll.body.errors],
  both: both.data.map((record) => record.excerpt),
  exported: [exported.data.length, new Set(titles(exported)).size, exported.total],
  comments: comments.data.map((record) => record.body),
  left: left.total,
  gone: [gone.status, gone.body.code],
  ended: [afterwards.status, ended.message],
};
console.log(JSON.stringify(report));
