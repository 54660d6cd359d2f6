import { quoted } from '../src/quoted';

test('code in descriptions stands in quotation marks, and nothing else changes', () => {
  const schema = {
    description: 'as in `when`, or `foreach`',
    properties: {
      description: { type: 'string', description: 'a `b', default: '`c`' }
    }
  };
  expect(quoted(schema)).toEqual({
    description: 'as in “when”, or “foreach”',
    properties: {
      description: { type: 'string', description: 'a `b', default: '`c`' }
    }
  });
});
