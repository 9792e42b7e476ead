import { type Channel, Notification, NotificationManager, PermanentError } from '@townkrier/core';
import { describe, expect, it } from 'vitest';
import * as responses from '../src/responses.ts';
import { createDashboard, createSources } from './harness.ts';
import { ADA } from './seed.ts';

class SignInCode extends Notification {
  readonly name = ADA.name;
  readonly code = ADA.code;

  via() {
    return ['email'];
  }

  override toEmail() {
    return { subject: `Your code, ${this.name}`, text: `Hello ${this.name}, your code is ${this.code}.` };
  }
}

/** A provider that refuses, quoting everything it was given. */
const quoting: Channel = {
  type: 'email',
  honoursIdempotencyKey: true,
  parseAddress: (address) => address,
  parseMessage: (message) => message,
  send: async ({ address, message }) => {
    throw new PermanentError(`550 refused ${JSON.stringify({ address, message })}`);
  },
};

describe('a notification that failed on its way', () => {
  it('shows what happened and nothing of whom it was for, in every answer and event', async () => {
    const sources = createSources();
    const { queueManager, storageManager, clock } = sources;
    const manager = new NotificationManager({ clock });
    manager.registerChannel('quoting', quoting);
    storageManager.record(manager);
    queueManager.setNotificationManager(manager);
    const { ask, dashboard } = createDashboard({}, sources);
    const stream = await ask('/api/stream');
    const events = stream.text();

    const job = await queueManager.enqueue(new SignInCode(), { email: { email: ADA.email, name: ADA.name } });
    queueManager.startProcessing();
    await clock.advance(1_000);
    await queueManager.stopProcessing();

    const detail = responses.jobDetailSchema.parse(await (await ask(`/api/jobs/${job.id}`)).json());
    expect(detail).toMatchObject({ status: 'failed', channels: ['email'], recipients: 1 });
    expect(detail.recipient).toMatch(/@example\.com$/);
    const { logs } = responses.logListSchema.parse(await (await ask('/api/logs')).json());
    expect(logs).toEqual([expect.objectContaining({ status: 'failed', jobId: job.id })]);

    const paths = ['/api/jobs', `/api/jobs/${job.id}`, '/api/logs', `/api/logs/${logs[0]?.id}`];
    const previews = ['preview', 'explain'].map((what) => `/api/logs/${logs[0]?.id}/${what}`);
    dashboard.close();
    const answers = await Promise.all(
      [...paths, ...previews].map(async (path) => [path, await (await ask(path)).text()]),
    );
    for (const [path, text] of [...answers, ['events', await events]]) {
      for (const value of [ADA.email, ADA.name, 'Ada', 'Lovelace', ADA.code])
        expect(text, path).not.toContain(value);
    }
  });
});
