import { expect, it } from 'vitest';
import { ContentPrivacy, maskText } from '../src/index.ts';

it('a list of personal values that grows between two calls hides what it holds at the second', () => {
  const personalValues = ['Grace Hopper'];
  const options = { level: ContentPrivacy.MASKED, personalValues };
  maskText('Grace Hopper and Barbara Moreau', options);
  personalValues.push('Barbara Moreau');
  expect(maskText('Grace Hopper and Barbara Moreau', options)).not.toMatch(/Hopper|Moreau/);
});
