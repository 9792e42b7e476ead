import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Settings } from '../settings.ts';

/** Milliseconds. */
const SESSION_LIFE = 12 * 3_600_000;
export const COOKIE = 'newsroom-session';

/** An owner who is let in. */
export interface Session {
  readonly owner: string;
  /** Aborts when they sign out. */
  readonly over: AbortSignal;
}

interface KeptSession extends Session {
  readonly end: AbortController;
  readonly expiresAt: number;
}

/** Who is an owner: whoever brings a token, or signed in with one. Nobody, where there are no tokens. */
export class Sessions {
  readonly #owners: readonly { readonly name: string; readonly digest: Buffer }[];
  readonly #kept = new Map<string, KeptSession>();

  constructor(owners: Settings['owners']) {
    this.#owners = owners.map(({ name, token }) => ({ name, digest: digestOf(token) }));
  }

  /** @returns the id of a new session, or `null` for a token that is nobody's. */
  signIn(token: string): string | null {
    const owner = this.#ownerOf(token);
    if (owner === null) return null;
    const id = randomBytes(24).toString('base64url');
    const end = new AbortController();
    this.#forgetOld();
    this.#kept.set(id, { owner, end, over: end.signal, expiresAt: Date.now() + SESSION_LIFE });
    return id;
  }

  /** Ends the session of a request, and the streams it opened. */
  signOut(request: Request): void {
    const id = cookieOf(request);
    this.#kept.get(id)?.end.abort();
    this.#kept.delete(id);
  }

  /** The owner behind a request, or `null`. */
  find(request: Request): Session | null {
    const [, token] = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '') ?? [];
    const owner = token === undefined ? null : this.#ownerOf(token);
    if (owner !== null) return { owner, over: new AbortController().signal };
    this.#forgetOld();
    return this.#kept.get(cookieOf(request)) ?? null;
  }

  /** Compares with every token, in a time that says nothing about them. */
  #ownerOf(token: string): string | null {
    const digest = digestOf(token);
    const found = this.#owners.filter((owner) => timingSafeEqual(owner.digest, digest));
    return found[0]?.name ?? null;
  }

  #forgetOld(): void {
    for (const [id, { expiresAt, end }] of this.#kept) {
      if (expiresAt > Date.now()) continue;
      end.abort();
      this.#kept.delete(id);
    }
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function cookieOf(request: Request): string {
  const cookies = (request.get('cookie') ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}
