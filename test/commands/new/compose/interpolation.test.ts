import { interpolate, isMissing, missingIn, shown } from '../../../../commands/new/compose/interpolation';

const VARIABLES = { NAME: 'x', EMPTY: '' };

test.each([
  [`\${NAME}`, 'x'],
  ['$NAME/$NAME', 'x/x'],
  ['$$NAME', '$NAME'],
  [`$\${NAME}`, `\${NAME}`],
  [`\${EMPTY-a}|\${EMPTY:-a}`, '|a'],
  [`\${NO:-a-\${NO:-b}-\${NAME}}`, 'a-b-x'],
  [`\${NAME:+yes}\${NO:+no}`, 'yes'],
  [`\${NAME:?needed}`, 'x'],
  ['costs 5$', 'costs 5$'],
  [`\${unclosed`, `\${unclosed`],
])('%s', (text, expected) => {
  expect(interpolate(text, VARIABLES)).toBe(expected);
});

test('a variable without a value is known by its name', () => {
  const text = interpolate(`a-\${NO}-\${ALSO:?needed}`, VARIABLES);
  expect([missingIn(text), shown(text), isMissing(text)]).toEqual([['NO', 'ALSO'], `a-\${NO}-\${ALSO}`, false]);
  expect(isMissing(interpolate('$NO', VARIABLES))).toBe(true);
});
