import { z } from 'zod';
import type { Visitor } from './running-newsroom.ts';

const jobEvent = z.object({ what: z.string(), type: z.string(), jobId: z.string() });

/** An event as a browser gets it. */
export interface LiveEvent {
  readonly id: string;
  readonly event: string;
  readonly what: string;
  readonly type: string;
}

/** Reads the newsroom's live events as a browser's `EventSource` does. */
export class LivePage {
  readonly events: LiveEvent[] = [];
  readonly status: number;
  readonly #response: Response;
  readonly #gone: AbortController;

  private constructor(response: Response, gone: AbortController) {
    this.status = response.status;
    this.#response = response;
    this.#gone = gone;
  }

  static async open(url: string, visitor: Visitor, lastEventId?: string): Promise<LivePage> {
    const gone = new AbortController();
    const headers = {
      ...visitor.headers,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    return new LivePage(await fetch(`${url}/api/live`, { headers, signal: gone.signal }), gone);
  }

  get lastEventId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** Reads on to an event that is looked for, and goes away; so it is to be called once. */
  async readTo(isWanted: (event: LiveEvent) => boolean): Promise<void> {
    let text = '';
    for await (const chunk of this.#response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const event = parse(message);
        if (event === null) continue;
        this.events.push(event);
        if (isWanted(event)) return this.#gone.abort();
      }
    }
  }
}

function parse(message: string): LiveEvent | null {
  const { id, event, data } =
    /^id: (?<id>.*)\nevent: (?<event>.*)\ndata: (?<data>.*)$/.exec(message)?.groups ?? {};
  if (id === undefined || event === undefined || data === undefined) return null;
  const { what, type } = jobEvent.safeParse(JSON.parse(data)).data ?? { what: '', type: '' };
  return { id, event, what, type };
}
