import { Argument, type Command } from 'commander';
import type { CliDependencies } from '../ports.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export function addCompletionCommand(program: Command, { stdout }: CliDependencies): void {
  const command = program
    .command('completion')
    .description('Print a completion script, e.g. for bash: source <(vertice completion bash)')
    .addArgument(new Argument('<shell>').choices(shells));
  command.action(() => {
    const shell = shells.find((known) => known === command.args[0]) ?? 'bash';
    stdout.write(scriptFor(shell, completionsOf(program)));
  });
}

/** What may follow a command path: subcommands and options. */
interface Completion {
  /** Command names from the program down, e.g. `keys add`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

function completionsOf(command: Command, path = ''): readonly Completion[] {
  const subcommands = command.commands.map((child) => ({
    word: child.name(),
    description: child.description(),
  }));
  const choices = command.registeredArguments.flatMap((argument) =>
    (argument.argChoices ?? []).map((word) => ({ word, description: argument.description })),
  );
  const options = command.options
    .filter((option) => option.long !== undefined && option.long !== null)
    .map((option) => ({ word: option.long ?? '', description: option.description }));
  const own = {
    path,
    words: [...subcommands, ...choices, ...options, { word: '--help', description: 'help' }],
  };
  const below = command.commands.flatMap((child) =>
    completionsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  return [own, ...below];
}

function scriptFor(shell: (typeof shells)[number], completions: readonly Completion[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(completions);
    case 'zsh':
      return zshScript(completions);
    case 'fish':
      return fishScript(completions);
  }
}

/** Words before the cursor that are no options, which is the command path and its arguments, pick the case. */
function bashScript(completions: readonly Completion[]): string {
  const cases = completions.map(({ path, words }) => {
    const pattern = path === '' ? "''" : `'${path}'|'${path} '*`;
    return `    ${pattern}) words='${words.map(({ word }) => word).join(' ')}' ;;`;
  });
  return `# bash completion of vertice
_vertice() {
  local word path='' words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case $path in
${[...cases].reverse().join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _vertice vertice
`;
}

function zshScript(completions: readonly Completion[]): string {
  const cases = completions.map(({ path, words }) => {
    const pattern = path === '' ? "''" : `'${path}'|'${path} '*`;
    const entries = words.map(({ word, description }) => `'${zshText(word)}:${zshText(description)}'`);
    return `    ${pattern}) entries=(${entries.join(' ')}) ;;`;
  });
  return `#compdef vertice
_vertice() {
  local word path_=''
  local -a entries
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case $word in -*) ;; *) path_="\${path_:+$path_ }$word" ;; esac
  done
  case $path_ in
${[...cases].reverse().join('\n')}
  esac
  _describe vertice entries || _files
}
compdef _vertice vertice
`;
}

function zshText(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', '\\:');
}

function fishScript(completions: readonly Completion[]): string {
  const lines = completions.flatMap(({ path, words }) => {
    const names = path === '' ? [] : path.split(' ');
    const condition =
      names.length === 0
        ? '__fish_use_subcommand'
        : names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    return words.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c vertice -n '${condition}' ${what} -d '${description.replaceAll("'", '’')}'`;
    });
  });
  return `# fish completion of vertice\n${lines.join('\n')}\n`;
}
