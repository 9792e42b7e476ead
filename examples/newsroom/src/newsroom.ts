import { join } from 'node:path';
import { Analytics } from './analytics.ts';
import { Articles } from './articles.ts';
import { openDatabase } from './database.ts';
import { Mailbox } from './mailbox.ts';
import { Site } from './site.ts';

/** What the newsroom keeps, as one process sees it. */
export interface Newsroom {
  readonly articles: Articles;
  readonly mailbox: Mailbox;
  readonly analytics: Analytics;
  readonly site: Site;
  close(): void;
}

/** Opens what is in a folder, or makes it. Several processes may. */
export function openNewsroom(dataFolder: string): Newsroom {
  const database = openDatabase(join(dataFolder, 'newsroom.db'));
  return {
    articles: new Articles(database),
    mailbox: new Mailbox(database),
    analytics: new Analytics(database),
    site: new Site(database),
    close: () => database.close(),
  };
}
