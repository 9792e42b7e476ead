import type { IconName } from '../components/icon-paths.ts';

/** One of the design system's tones; see `tokens.css`. */
type Tone = 'waiting' | 'scheduled' | 'running' | 'retrying' | 'good' | 'best' | 'bad' | 'unsure' | 'off';

/** How a state is shown: always in words and with a drawing, never by colour alone. */
export interface Look {
  readonly label: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

const STATUS: Readonly<Record<string, Look>> = {
  pending: { label: 'Pending', icon: 'clock', tone: 'waiting' },
  scheduled: { label: 'Scheduled', icon: 'calendar', tone: 'scheduled' },
  processing: { label: 'Processing', icon: 'loader', tone: 'running' },
  running: { label: 'Running', icon: 'loader', tone: 'running' },
  sending: { label: 'Sending', icon: 'loader', tone: 'running' },
  retrying: { label: 'Retrying', icon: 'retry', tone: 'retrying' },
  retried: { label: 'Failed, retried', icon: 'retry', tone: 'retrying' },
  postponed: { label: 'Postponed', icon: 'clock', tone: 'retrying' },
  completed: { label: 'Completed', icon: 'check', tone: 'good' },
  sent: { label: 'Sent', icon: 'check', tone: 'good' },
  delivered: { label: 'Delivered', icon: 'checks', tone: 'best' },
  failed: { label: 'Failed', icon: 'alert', tone: 'bad' },
  unknown: { label: 'Unknown', icon: 'question', tone: 'unsure' },
  interrupted: { label: 'Interrupted', icon: 'minus', tone: 'unsure' },
  late: { label: 'Late', icon: 'clock', tone: 'unsure' },
  skipped: { label: 'Skipped', icon: 'skip', tone: 'off' },
  cancelled: { label: 'Cancelled', icon: 'crossCircle', tone: 'off' },
};

const CHANNEL: Readonly<Record<string, Pick<Look, 'label' | 'icon'>>> = {
  email: { label: 'Email', icon: 'mail' },
  sms: { label: 'SMS', icon: 'message' },
  push: { label: 'Push', icon: 'phone' },
  in_app: { label: 'In-app', icon: 'inbox' },
  slack: { label: 'Slack', icon: 'hash' },
  webhook: { label: 'Webhook', icon: 'link' },
  database: { label: 'Database', icon: 'database' },
};

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** How the status of a job, attempt, delivery or row is shown. One this page does not know is shown as it is written. */
export function statusLook(status: string): Look {
  return own(STATUS, status) ?? { label: status, icon: 'question', tone: 'off' };
}

/** How a channel is shown; an app's own channel by its name. */
export function channelLook(channel: string): Pick<Look, 'label' | 'icon'> {
  return own(CHANNEL, channel) ?? { label: channel, icon: 'layers' };
}

const PRIORITY: Readonly<Record<number, string>> = { 1: 'Low', 5: 'Normal', 10: 'High', 20: 'Critical' };

/** `High`, or the bare number where it has no name. */
export function priorityLabel(priority: number): string {
  return PRIORITY[priority] ?? String(priority);
}

/** The statuses of a job, in the order of its life. */
export const JOB_STATUSES = [
  'pending',
  'scheduled',
  'processing',
  'retrying',
  'completed',
  'failed',
  'cancelled',
] as const;

/** The statuses of a row of the log, in the order of its life. */
export const LOG_STATUSES = [
  'pending',
  'scheduled',
  'sending',
  'retrying',
  'sent',
  'delivered',
  'failed',
  'unknown',
  'skipped',
  'cancelled',
] as const;

/** The built-in channels. */
export const CHANNELS = Object.keys(CHANNEL);
