import { expect } from 'vitest';

/** The body of an answer that says it is JSON. */
export async function json(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return await response.json();
}
