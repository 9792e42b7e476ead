import type { NotificationDefinition } from './define-notification.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { Notification, NotificationClass, TypedNotification } from './notification.ts';

/** What `manager.register` takes: a class, or what `defineNotification` returned. */
export type RegistrableNotification = NotificationClass | NotificationDefinition<string, unknown>;

/** The class a notification is an instance of. */
export function classOf(notification: Notification): NotificationClass {
  const { constructor: owner } = Object.getPrototypeOf(notification) as { constructor: NotificationClass };
  return owner;
}

/** Whether a notification was made from a checked payload; told by its class, so it holds with two copies of this package. */
export function isTyped(notification: Notification): notification is TypedNotification {
  return classOf(notification).parsePayload !== undefined;
}

/** The name under which notifications of a class are stored. */
export function notificationTypeOf(notificationClass: NotificationClass): string {
  return notificationClass.type ?? notificationClass.name;
}

/** The version of what a class stores. */
export function notificationVersionOf(notificationClass: NotificationClass): number {
  return notificationClass.version ?? 1;
}

/** Which class a stored notification belongs to. */
export class NotificationRegistry {
  readonly #classes = new Map<string, NotificationClass>();

  /**
   * Adds a class; adding it again does nothing.
   * @throws {TownKrierError} `CONFIG_INVALID` when it has no name, its type belongs to another class, or it has only one of `toStored` and `fromStored`.
   */
  register(registrable: RegistrableNotification): void {
    const notificationClass =
      'notificationClass' in registrable ? registrable.notificationClass : registrable;
    const type = notificationTypeOf(notificationClass);
    const known = this.#classes.get(type);
    if (known === notificationClass) return;
    const problem = problemWith(notificationClass, type, known);
    if (problem !== null) throw new TownKrierError(problem, { code: CoreErrorCode.CONFIG_INVALID });
    this.#classes.set(type, notificationClass);
  }

  /** Whether this very class was registered; a subclass counts for itself. */
  has(notificationClass: NotificationClass): boolean {
    return this.#classes.get(notificationTypeOf(notificationClass)) === notificationClass;
  }

  /** The class of a stored type, or `null`. */
  find(type: string): NotificationClass | null {
    return this.#classes.get(type) ?? null;
  }

  /** All known types, for messages. */
  get types(): string[] {
    return [...this.#classes.keys()];
  }
}

function problemWith(
  added: NotificationClass,
  type: string,
  known: NotificationClass | undefined,
): string | null {
  if (type === '') return 'A notification class without a name needs a static `type` to be registered.';
  if (known !== undefined) {
    return `Notification type "${type}" is registered for class ${known.name} already; give ${added.name} a static \`type\` of its own.`;
  }
  const stores = typeof added.prototype.toStored === 'function';
  const revives = typeof added.fromStored === 'function';
  if (stores === revives) return null;
  return `Notification class ${added.name} has ${stores ? 'toStored' : 'fromStored'} but not ${stores ? 'static fromStored' : 'toStored'}; it needs both.`;
}
