import { jsonResponse } from '../http/json.ts';
import type { Range } from '../live/job-metrics.ts';
import type { CheckedCall } from '../route.ts';

export async function getTimeseries(call: CheckedCall<unknown, { range: Range }>): Promise<Response> {
  return jsonResponse(call.services.metrics.series(call.query.range));
}
