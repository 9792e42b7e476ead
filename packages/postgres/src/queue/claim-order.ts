/** Milliseconds that one step of priority outweighs where waiting does not count against it: more than three decades. */
const STRICT = 1_000_000_000_000;

/** Among the jobs of one queue and priority the one with the smallest comes first: when it is due, or its turn if it takes turns. Milliseconds since the epoch. */
export const ORDER_AT = 'coalesce(order_at, due_at)';

/**
 * Within a queue the job with the smallest is claimed first, and of two equal ones that with the smaller `seq`. No column, because the server would read what it is
 * made of again for each row that changes; for `jobs_ready` to be used it must stand in a statement just as it stands in that index.
 */
export const SORT_KEY = `(${ORDER_AT} - priority * coalesce(aging_ms, ${STRICT}))`;

/** Jobs without a group key take turns as one group. No key is empty. */
export const TURN_KEY = "coalesce(group_key, '')";

/** For which later moment a job waits that waits for its turn; 0 for one that is due. */
export const LATER_AT = "CASE status WHEN 'scheduled' THEN due_at ELSE 0 END";
