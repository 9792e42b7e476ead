/**
 * A channel of your own: a team chat, in `custom-channel/chat-channel.ts`. `custom-channel.test.ts` runs the conformance suite on it.
 *
 *   node examples/custom-channel.ts
 */
import { Notification, NotificationManager } from '@townkrier/core';
import { createChatChannel } from './custom-channel/chat-channel.ts';
import { ChatServer } from './custom-channel/chat-server.ts';

class DeployFinished extends Notification {
  readonly version: string;

  constructor(version: string) {
    super();
    this.version = version;
  }
  via() {
    return ['chat'];
  }
  toChat() {
    return { text: `Version ${this.version} is live.` };
  }
}

const chat = await new ChatServer().listen();
const manager = new NotificationManager();
manager.registerChannel('team-chat', createChatChannel({ url: chat.url, token: 'secret' }));

const results = await manager.send(new DeployFinished('4.2.0'), { chat: 'operations' });
console.log('result:', results.get('chat')?.status, results.get('chat')?.receipt?.messageId);
console.log('the chat received:', chat.posts[0]?.room, chat.posts[0]?.body);

await manager.close();
await chat.close();
