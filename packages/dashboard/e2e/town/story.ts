import { VirtualClock } from '@townkrier/core/testing';
import { JobPriority } from '@townkrier/queue';
import {
  appointmentReminder,
  commentPosted,
  invoiceDue,
  orderShipped,
  signInCode,
  weeklyDigest,
} from './notifications.ts';
import type { ScriptedAnswer } from './scripted-channel.ts';
import { createTown, PROVIDER_NAMES, type Town } from './town.ts';

/** The moment every story ends at: what "now" is in its screenshots. */
export const STORY_NOW: number = Date.UTC(2026, 10, 20, 9, 41, 50);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STORY_MINUTES = 58;

const NAMES = [
  'Ada',
  'Grace',
  'Edsger',
  'Barbara',
  'Alan',
  'Katherine',
  'Donald',
  'Frances',
  'Niklaus',
  'Radia',
];
const CITIES = ['Lagos', 'Berlin', 'Porto', 'Kyoto', 'Oslo', 'Lima'];

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An hour in the life of a shop: busy, with one outage of the text messages, and more to come. The clock stands still at {@link STORY_NOW}. */
export async function tellStory(): Promise<Town> {
  const clock = new VirtualClock(STORY_NOW - STORY_MINUTES * MINUTE - 20_000);
  const town = await createTown({ clock });
  const random = seeded(1837);
  scriptProviders(town, random);
  town.queue.startProcessing({ concurrency: 8 });
  for (let minute = 0; minute < STORY_MINUTES; minute += 1) {
    if (minute === 33) breakTexts(town, random);
    if (minute === 38) scriptProviders(town, random);
    await enqueueMinute(town, { minute, random });
    await clock.advance(MINUTE);
  }
  await enqueueMinute(town, { minute: STORY_MINUTES, random });
  await setTheScene(town, clock, random);
  return town;
}

function scriptProviders(town: Town, random: () => number): void {
  const sometimes = (share: number, refusal: ScriptedAnswer, answer: ScriptedAnswer) => () =>
    random() < share ? refusal : { ...answer, latency: answer.latency * (0.4 + random() * 1.6) };
  town.script(
    'resend',
    sometimes(
      0.012,
      {
        latency: 90,
        outcome: 'permanent',
        message: 'The sender domain mail.example.com is not verified (422).',
      },
      { latency: 240, outcome: 'accepted' },
    ),
  );
  town.script(
    'twilio',
    sometimes(
      0.03,
      { latency: 380, outcome: 'permanent', message: 'The number is on the do-not-disturb list (21610).' },
      { latency: 420, outcome: 'delivered' },
    ),
  );
  town.script(
    'fcm',
    sometimes(
      0.02,
      { latency: 60, outcome: 'transient', message: 'The service is temporarily unavailable (503).' },
      { latency: 90, outcome: 'accepted' },
    ),
  );
  town.script(
    'inbox',
    sometimes(0, { latency: 0, outcome: 'permanent' }, { latency: 8, outcome: 'delivered' }),
  );
}

function breakTexts(town: Town, random: () => number): void {
  town.script('twilio', () => ({
    latency: 2_000 + random() * 3_000,
    outcome: random() < 0.85 ? 'transient' : 'delivered',
    message: 'Connection to api.twilio.example timed out after 5000 ms.',
  }));
}

interface Minute {
  readonly minute: number;
  readonly random: () => number;
}

async function enqueueMinute(town: Town, { minute, random }: Minute): Promise<void> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const wave = 1 + Math.sin(minute / 9) * 0.45 + Math.sin(minute / 3.1) * 0.2;
  const count = Math.round((9 + random() * 5) * wave);
  await town.queue.enqueueMany(
    Array.from({ length: count }, (_, index) => {
      const name = pick(NAMES);
      const number = 4_000 + minute * 40 + index;
      const recipient = {
        email: `${name.toLowerCase()}.${number}@example.com`,
        sms: `+4915112${number}${number % 7}`,
        push: `device-${number}-${name.toLowerCase()}`,
        in_app: `user-${number}`,
      };
      return {
        notification: pickNotification({ name, number, city: pick(CITIES), kind: random() }),
        recipient,
        config: pickConfig(random()),
      };
    }),
  );
}

interface Draw {
  readonly name: string;
  readonly number: number;
  readonly city: string;
  /** 0 to 1. */
  readonly kind: number;
}

function pickNotification({ name, number, city, kind }: Draw) {
  if (kind < 0.36) return orderShipped({ orderId: `A-${number}`, city, name });
  if (kind < 0.56) return appointmentReminder({ clinic: 'Riverside Dental', time: '14:30' });
  if (kind < 0.7) return signInCode({ code: String(100_000 + number) });
  if (kind < 0.84) return invoiceDue({ invoice: `2026-${number}`, name });
  return commentPosted({ document: 'Q4 plan', author: name });
}

function pickConfig(draw: number) {
  if (draw < 0.08) return { priority: JobPriority.CRITICAL, metadata: { source: 'checkout' } };
  if (draw < 0.25) return { priority: JobPriority.HIGH, metadata: { source: 'checkout' } };
  if (draw > 0.92) return { priority: JobPriority.LOW };
  return {};
}

/** What the reader finds: jobs that run, wait, retry and are planned, and one that was cancelled. */
async function setTheScene(town: Town, clock: VirtualClock, random: () => number): Promise<void> {
  await planAhead(town);
  await failForGood(town, clock);
  await leaveRetrying(town, clock);
  await clock.advance(STORY_NOW - clock.now());
  await fillTheWorker(town, clock, random);
}

async function planAhead(town: Town): Promise<void> {
  const digests = Array.from({ length: 12 }, (_, index) => ({
    notification: weeklyDigest({ week: 48 }),
    recipient: { email: `reader.${index}@example.com` },
    config: { scheduledFor: new Date(STORY_NOW + HOUR * (2 + index * 3)), priority: JobPriority.LOW },
  }));
  const jobs = await town.queue.enqueueMany(digests);
  const last = jobs.at(-1);
  if (last !== undefined) await town.queue.cancelJob(last.id);
}

/** One job whose mail goes out and whose push is tried twice and given up. */
async function failForGood(town: Town, clock: VirtualClock): Promise<void> {
  town.script('fcm', () => ({
    latency: 140,
    outcome: 'transient',
    message: 'The service is temporarily unavailable (503).',
  }));
  await town.queue.enqueue(
    orderShipped({ orderId: 'A-7741', city: 'Lagos', name: 'Grace' }),
    { email: 'grace.hopper@example.com', push: 'device-7741-grace' },
    {
      maxRetries: 2,
      retryDelay: 2_000,
      priority: JobPriority.HIGH,
      metadata: { source: 'checkout', orderId: 'A-7741' },
    },
  );
  await clock.advance(9_000);
}

async function leaveRetrying(town: Town, clock: VirtualClock): Promise<void> {
  town.script('twilio', () => ({
    latency: 300,
    outcome: 'transient',
    message: 'Too many requests to api.twilio.example (429).',
  }));
  await town.queue.enqueueMany(
    Array.from({ length: 4 }, (_, index) => ({
      notification: appointmentReminder({ clinic: 'Riverside Dental', time: '16:00' }),
      recipient: { sms: `+491511299${index}0${index}` },
      config: { retryDelay: 45_000 * (index + 1) },
    })),
  );
  await clock.advance(4_000);
}

/** Eight jobs in hand, whose providers do not answer while the clock stands still, and some behind them. */
async function fillTheWorker(town: Town, clock: VirtualClock, random: () => number): Promise<void> {
  for (const provider of PROVIDER_NAMES)
    town.script(provider, () => ({ latency: 5_000, outcome: 'accepted' }));
  await enqueueMinute(town, { minute: STORY_MINUTES + 1, random });
  await clock.settle();
}
