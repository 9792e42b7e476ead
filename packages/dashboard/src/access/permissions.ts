/** Everything the dashboard can be asked to allow. Reads first, then what changes something. */
export const PERMISSIONS = [
  'stats:read',
  'jobs:read',
  'jobs:payload:read',
  'logs:read',
  'logs:content:read',
  'recipients:read',
  'jobs:retry',
  'jobs:cancel',
  'jobs:delete',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Those that survive `readOnly`. */
const READS: ReadonlySet<Permission> = new Set(
  PERMISSIONS.filter((permission) => permission.endsWith(':read')),
);

const VIEWER: readonly Permission[] = ['stats:read', 'jobs:read', 'logs:read'];

/**
 * The presets. A `viewer` sees masked things only; an `operator` may also retry and cancel and sees masked payloads; an `admin` may do everything,
 * which includes deleting jobs and reading content and addresses of rows that were logged as `public`.
 */
export const ROLE_PERMISSIONS = {
  viewer: VIEWER,
  operator: [...VIEWER, 'jobs:payload:read', 'jobs:retry', 'jobs:cancel'],
  admin: PERMISSIONS,
} as const satisfies Readonly<Record<string, readonly Permission[]>>;
export type Role = keyof typeof ROLE_PERMISSIONS;
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

/** Who is asking, as `authorize` says. Without `role` and `permissions` a viewer. */
export interface Principal {
  /** Stable and unique: limits are counted by it. */
  readonly id: string;
  /** @default the id */
  readonly name?: string;
  /** @default 'viewer' */
  readonly role?: Role;
  /** Instead of the role's. */
  readonly permissions?: readonly Permission[];
}

/** A principal with everything decided. */
export interface AdmittedPrincipal {
  readonly id: string;
  readonly name: string;
  readonly role: Role | 'custom';
  readonly permissions: ReadonlySet<Permission>;
  readonly isReadOnly: boolean;
}

/** Decides what a principal may do. `isReadOnly` takes away everything that is not a read, whatever the role says. */
export function admit(principal: Principal, isReadOnly: boolean): AdmittedPrincipal {
  const granted: readonly Permission[] =
    principal.permissions ?? ROLE_PERMISSIONS[principal.role ?? 'viewer'];
  return {
    id: principal.id,
    name: principal.name ?? principal.id,
    role: principal.permissions === undefined ? (principal.role ?? 'viewer') : 'custom',
    permissions: new Set(isReadOnly ? granted.filter((permission) => READS.has(permission)) : granted),
    isReadOnly,
  };
}
