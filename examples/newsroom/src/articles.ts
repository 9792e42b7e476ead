import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Language } from './contracts.ts';

/** What an editor says about a new article. */
export const articleSchema = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/, 'expected letters, digits, - and _'),
  title: z.string().min(1).max(200),
  topic: z.enum(['city', 'sports', 'science']),
  languages: z.array(Language).max(3).default([]),
});
export type NewArticle = z.output<typeof articleSchema>;

const rowSchema = articleSchema.extend({
  languages: z.string().transform((text) => z.array(Language).parse(JSON.parse(text))),
  body: z.string().nullable(),
  slug: z.string().nullable(),
  description: z.string().nullable(),
  score: z.number().nullable(),
  published_at: z.number().nullable(),
});
export type Article = z.output<typeof rowSchema>;

const trailSchema = z.array(z.object({ step: z.string(), worker: z.string(), pid: z.number() }));

/** What the handlers make of an article. */
type Work = Partial<Pick<Article, 'body' | 'slug' | 'description' | 'score'>>;

/** The articles. Each write may be done again: a job that ran twice leaves what it left once. */
export class Articles {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Keeps an article; one that is there already stays as it is. */
  create({ id, title, topic, languages }: NewArticle): void {
    this.#database
      .prepare(
        'INSERT INTO articles (id, title, topic, languages) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(id, title, topic, JSON.stringify(languages));
  }

  find(id: string): Article | null {
    const row = this.#database.prepare('SELECT * FROM articles WHERE id = ?').get(id);
    return row === undefined ? null : rowSchema.parse(row);
  }

  published(): Article[] {
    const rows = this.#database.prepare('SELECT * FROM articles WHERE published_at IS NOT NULL').all();
    return rows.map((row) => rowSchema.parse(row));
  }

  save(id: string, { body = null, slug = null, description = null, score = null }: Work): void {
    this.#database
      .prepare(
        'UPDATE articles SET body = coalesce(?, body), slug = coalesce(?, slug), description = coalesce(?, description), score = coalesce(?, score) WHERE id = ?',
      )
      .run(body, slug, description, score, id);
  }

  saveTranslation(id: string, language: string, body: string): void {
    this.#database.prepare('INSERT OR REPLACE INTO translations VALUES (?, ?, ?)').run(id, language, body);
  }

  /** The first time counts. */
  publish(id: string, at: number): void {
    this.#database
      .prepare('UPDATE articles SET published_at = coalesce(published_at, ?) WHERE id = ?')
      .run(at, id);
  }

  /** Notes which process did a step. */
  leaveTrail(id: string, step: string, worker: string): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO trail VALUES (?, ?, ?, ?)')
      .run(id, step, worker, process.pid);
  }

  trail(id: string) {
    const rows = this.#database.prepare('SELECT step, worker, pid FROM trail WHERE article = ?').all(id);
    return trailSchema.parse(rows);
  }
}
