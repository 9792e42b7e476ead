import { type ChannelName, Notification } from '../src/index.ts';

/** A notification over the channels given, with a text for each. */
export class Note extends Notification {
  readonly channels: readonly ChannelName[];
  readonly text: string;

  constructor(channels: readonly ChannelName[] = ['email'], text = 'hello') {
    super();
    this.channels = channels;
    this.text = text;
  }

  via(): readonly ChannelName[] {
    return this.channels;
  }

  override toEmail() {
    return { subject: 'Note', text: this.text };
  }

  override toSms() {
    return { text: this.text };
  }
}

/** What a promise was rejected with; fails when it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
