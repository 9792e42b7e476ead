import { expect, it } from 'vitest';
import { runExample } from './testing/run-example.ts';

it('the dashboard in an Express app lets in whom the app knows, and leaves the app alone', async () => {
  const { code, stdout, stderr } = await runExample('mount-in-express.ts', { CI: 'true' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/the app: +200/);
  expect(stdout).toMatch(/the dashboard, nobody: +40[13]/);
  expect(stdout).toMatch(/the dashboard, as grace: +200/);
});
