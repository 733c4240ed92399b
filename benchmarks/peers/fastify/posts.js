// Reading and writing posts. Statements have names, so that each connection prepares them once.

import { randomUUID } from "node:crypto";
import pg from "pg";

const PAGE_SIZE = 20;
const TIMESTAMPTZ = 1184;

// Microseconds do not fit into a Date; PostgreSQL's own text does.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`);

export const pool = new pg.Pool({ max: 8, options: "-c timezone=UTC" });

const COLUMNS = `p.id, p.slug, p.title, p.body, p.excerpt, p.published_at, p.created_at, p.updated_at,
  a.id AS author_id, a.username, a.display_name,
  ARRAY(SELECT t.slug FROM posts_posttag pt JOIN posts_tag t ON t.id = pt.tag_id
        WHERE pt.post_id = p.id ORDER BY t.slug)::text[] AS tags`;
const FROM = "FROM posts_post p JOIN users_user a ON a.id = p.author_id";

function represent(row) {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    body: row.body,
    excerpt: row.excerpt,
    status: "published",
    published_at: row.published_at,
    author: { id: row.author_id, username: row.username, display_name: row.display_name },
    tags: row.tags,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

export async function list({ cursor, author, search }) {
  const conditions = ["p.published_at <= now()"];
  const values = [];
  if (cursor) {
    values.push(...Buffer.from(cursor, "base64url").toString().split(","));
    // Without the first condition PostgreSQL reads the index from the present, down to the place.
    conditions.push("p.published_at <= $1", "(p.published_at, p.id) < ($1::timestamptz, $2::uuid)");
  }
  if (author) conditions.push(`a.username = $${values.push(author)}`);
  if (search) conditions.push(`p.search @@ plainto_tsquery('simple', $${values.push(search)})`);
  const { rows } = await pool.query({
    name: `list ${[cursor, author, search].map(Boolean)}`,
    text: `SELECT ${COLUMNS} ${FROM} WHERE ${conditions.join(" AND ")}
      ORDER BY p.published_at DESC, p.id DESC LIMIT ${PAGE_SIZE + 1}`,
    values,
  });
  const results = rows.slice(0, PAGE_SIZE).map(represent);
  const last = results.at(-1);
  const next = rows.length > PAGE_SIZE ? Buffer.from(`${last.published_at},${last.id}`).toString("base64url") : null;
  return { results, next };
}

export async function find(key) {
  const { rows } = await pool.query({
    name: "detail",
    text: `SELECT ${COLUMNS} ${FROM} WHERE p.id = $1 AND p.published_at <= now()`,
    values: [key],
  });
  return rows.length ? represent(rows[0]) : null;
}

export function slugify(text) {
  const lowered = text.normalize("NFKC").toLowerCase();
  return lowered.replace(/[^\p{L}\p{N}\p{M}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 120) || "post";
}

export async function create(author, { title, body, excerpt, slug, tags }) {
  const id = randomUUID();
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const free = await freeSlug(client, slug ?? slugify(title), id);
    await client.query({
      name: "insert",
      text: `INSERT INTO posts_post
        (id, slug, title, body, excerpt, published_at, author_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, now(), $6, now(), now())`,
      values: [id, free, title, body, excerpt, author],
    });
    await setTags(client, id, [...new Set(tags.map(slugify))].sort());
    const { rows } = await client.query({
      name: "made",
      text: `SELECT ${COLUMNS} ${FROM} WHERE p.id = $1`,
      values: [id],
    });
    await client.query("COMMIT");
    return represent(rows[0]);
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

async function freeSlug(client, slug, id) {
  const { rowCount } = await client.query({
    name: "taken",
    text: "SELECT FROM posts_post WHERE slug = $1",
    values: [slug],
  });
  return rowCount ? `${slug.slice(0, 111)}-${id.slice(-8)}` : slug;
}

async function setTags(client, id, slugs) {
  await client.query({
    name: "tags",
    text: `INSERT INTO posts_tag (slug)
      SELECT unnest($1::text[]) EXCEPT SELECT slug FROM posts_tag WHERE slug = ANY ($1)
      ON CONFLICT DO NOTHING`,
    values: [slugs],
  });
  await client.query({
    name: "tagging",
    text: "INSERT INTO posts_posttag (post_id, tag_id) SELECT $1, id FROM posts_tag WHERE slug = ANY ($2::text[])",
    values: [id, slugs],
  });
}
