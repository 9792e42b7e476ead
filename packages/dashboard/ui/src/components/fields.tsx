import { useId } from 'preact/hooks';
import { useQuery } from '../router/query.ts';
import './fields.css';

interface FieldProps {
  /** The filter's key in the address and in the API. */
  readonly name: string;
  readonly label: string;
}

interface TextFilterProps extends FieldProps {
  readonly placeholder?: string;
  readonly type?: 'text' | 'date';
}

/** A filter one types. It applies on Enter and on leaving the field, and goes back to the first page. */
export function TextFilter({ name, label, placeholder, type = 'text' }: TextFilterProps) {
  const query = useQuery();
  const id = useId();
  const value = query.get(name);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        // A new key puts the address's value into the field, when somebody else changed it.
        key={value}
        type={type}
        name={name}
        defaultValue={value}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        onChange={(event) => query.set({ [name]: event.currentTarget.value.trim(), page: '', selected: '' })}
      />
    </div>
  );
}

interface SelectFilterProps extends FieldProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** A filter one picks. The first option should be the one that does not narrow, with the value `''`. */
export function SelectFilter({ name, label, options }: SelectFilterProps) {
  const query = useQuery();
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={query.get(name)}
        onChange={(event) => query.set({ [name]: event.currentTarget.value, page: '', selected: '' })}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
