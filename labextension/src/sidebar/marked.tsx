/**
 * A sentence whose `code` is set as code.
 */
import * as React from 'react';

export function Marked({ text }: { text: string }): React.ReactElement {
  return (
    <>
      {text
        .split('`')
        .map((part, index) =>
          index % 2 ? <code key={index}>{part}</code> : part
        )}
    </>
  );
}
