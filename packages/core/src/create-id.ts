import { nanoid } from 'nanoid';

/** Makes a new id: 21 url-safe characters, 126 random bits. */
export function createId(): string {
  return nanoid();
}
