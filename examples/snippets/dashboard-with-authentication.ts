import assert from 'node:assert/strict';
import { DashboardServer } from '@townkrier/dashboard';
import { close, queueManager, storageManager } from './setup.ts';

// #region seed 001: With Authentication
const dashboard = new DashboardServer({
  queueManager,
  storageManager,
  port: 3000,
  path: '/dashboard',
  auth: {
    enabled: true,
    username: 'admin',
    password: 'secret',
  },
});

dashboard.start();
// #endregion

await dashboard.start();
const url = 'http://localhost:3000/dashboard/api/stats';
const authorization = `Basic ${btoa('admin:secret')}`;
assert.equal((await fetch(url)).status, 401);
assert.equal((await fetch(url, { headers: { authorization } })).status, 200);
await dashboard.stop();
await close();
