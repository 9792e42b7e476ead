import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Article } from './articles.ts';

/** What readers see: pages, and a search over them. */
export class Site {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Forgets a page; it is made anew when somebody asks for it. */
  forgetPage(article: string): void {
    this.#database.prepare('DELETE FROM page_cache WHERE article = ?').run(article);
  }

  /** Makes the index anew, in one step: who searches meanwhile sees the old one. */
  rebuildIndex(articles: readonly Article[]): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO search VALUES (?, ?)');
    this.#database.exec('BEGIN IMMEDIATE; DELETE FROM search;');
    try {
      for (const { id, title, body } of articles) {
        for (const word of wordsOf(`${title} ${body ?? ''}`)) insert.run(word, id);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Ids of the articles with a word. */
  search(word: string): string[] {
    const rows = this.#database.prepare('SELECT article FROM search WHERE word = ?').all(word.toLowerCase());
    return z
      .array(z.object({ article: z.string() }))
      .parse(rows)
      .map(({ article }) => article);
  }

  /** Whether the database answers. */
  isUp(): boolean {
    return this.#database.prepare('SELECT 1 AS one').get()?.['one'] === 1;
  }
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/\p{L}+/gu) ?? []);
}
