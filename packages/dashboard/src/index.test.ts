import { expect, it } from 'vitest';
import * as dashboard from './index.ts';

it('exports exactly this', () => {
  expect(Object.keys(dashboard).toSorted()).toEqual([
    'DashboardError',
    'DashboardErrorCode',
    'DashboardServer',
    'MIN_PASSWORD_LENGTH',
    'PERMISSIONS',
    'ROLE_PERMISSIONS',
    'createDashboardHandler',
    'createDashboardRouter',
  ]);
});
