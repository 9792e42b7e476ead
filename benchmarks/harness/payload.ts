/** What a handler reads of a job: 190 bytes of JSON, the same for every engine. */
export type BenchmarkPayload = {
  readonly id: number;
  readonly to: string;
  readonly template: string;
  readonly subject: string;
  readonly data: { readonly name: string; readonly url: string };
};

export function payloadOf(id: number): BenchmarkPayload {
  return {
    id,
    to: `user${id}@example.com`,
    template: 'welcome',
    subject: 'Welcome aboard, and thank you for signing up',
    data: { name: `User ${id}`, url: 'https://example.com/confirm/abcdef' },
  };
}

/** The `id` of a payload an engine handed over, so that no engine can skip handing it over. @throws when it is no payload. */
export function idOf(payload: unknown): number {
  if (typeof payload === 'object' && payload !== null && 'id' in payload) {
    if (typeof payload.id === 'number') return payload.id;
  }
  throw new Error(`not the payload that was added: ${JSON.stringify(payload)}`);
}
