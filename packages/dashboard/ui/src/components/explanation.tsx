import './explanation.css';

/** Why it was, or was not, sent: whole sentences in the order things happened. */
export function Explanation({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ol class="explanation">
      {lines.map((line, index) => (
        // Sentences may repeat; their place tells them apart.
        <li key={index} class="break">
          {line}
        </li>
      ))}
    </ol>
  );
}
