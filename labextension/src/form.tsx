/**
 * JupyterLab's form, with JupyterLab's validator; both are there already, so that nothing is bundled.
 */
import { FormComponent } from '@jupyterlab/ui-components';
import type { ITranslator } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import ajv from '@rjsf/validator-ajv8';
import * as React from 'react';
import { quoted } from './quoted';

type FormProps = React.ComponentProps<typeof FormComponent>;

interface IProps {
  schema: JSONObject;
  data: JSONObject;
  onChange(data: JSONObject): void;
  /** How fields are shown, by their place; as RJSF has it. */
  layout?: Record<string, unknown>;
  disabled?: boolean;
  translator?: ITranslator;
}

/** A form that shows mistakes beside their fields, as one types. */
export function Form(props: IProps): React.ReactElement {
  const { schema, data, onChange, layout, disabled, translator } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const shown = React.useMemo(() => quoted(schema), [schema]);
  React.useEffect(() => nameFields(host.current));
  return (
    <div ref={host}>
      <FormComponent
        schema={shown}
        uiSchema={layout as NonNullable<FormProps['uiSchema']>}
        formData={data}
        validator={ajv as unknown as FormProps['validator']}
        liveValidate
        showErrorList={false}
        disabled={disabled ?? false}
        experimental_defaultFormStateBehavior={{
          emptyObjectFields: 'skipDefaults'
        }}
        onChange={event => onChange(event.formData as JSONObject)}
        tagName="div"
        compact
        {...(translator ? { translator } : {})}
      />
    </div>
  );
}

/** JupyterLab writes a field's label above it and does not tie the two: screen readers would hear nothing. */
function nameFields(host: HTMLElement | null): void {
  for (const field of host?.querySelectorAll('input, select, textarea') ?? []) {
    const named = field.closest('label') ?? field.getAttribute('aria-label');
    const heading = field
      .closest('.form-group, .jp-inputFieldWrapper, .jp-FormGroup-content')
      ?.querySelector('.jp-FormGroup-fieldLabel, label, legend');
    const label = field.getAttribute('label') ?? heading?.textContent;
    if (!named && label) {
      field.setAttribute('aria-label', label);
    }
  }
}
