import { tokenLabel, type IParserErrorMessageProvider, type TokenType } from 'chevrotain';

/** Labels shown of a long list of alternatives. */
const shownLabels = 12;

/** Chevrotain carries only a message, so the message is exactly the list of what was expected. */
export const expectedTokens: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => 'the end of the text',
  buildNoViableAltMessage: ({ expectedPathsPerAlt }) => list(expectedPathsPerAlt.flat()),
  buildEarlyExitMessage: ({ expectedIterationPaths }) => list(expectedIterationPaths),
};

function list(paths: readonly TokenType[][]): string {
  const labels = [...new Set(paths.flatMap((path) => path.slice(0, 1)).map((type) => tokenLabel(type)))];
  const shown = labels.slice(0, shownLabels);
  if (labels.length > shownLabels) shown.push('…');
  return shown.length < 2 ? (shown[0] ?? 'nothing') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
