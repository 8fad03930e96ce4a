"""`chatstore completion`: what a shell reads to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from chatstore.cli import COMPLETE
from chatstore.cli.output import Output


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that makes a shell complete chatstore's commands and options.

    \b
    bash: chatstore completion bash > ~/.local/share/bash-completion/completions/chatstore
    zsh:  chatstore completion zsh > ~/.zfunc/_chatstore, with ~/.zfunc in fpath before compinit
    fish: chatstore completion fish > ~/.config/fish/completions/chatstore.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    program = click.get_current_context().find_root().command
    script = kind(program, {}, "chatstore", COMPLETE)
    # Not source(): that starts bash to ask for its version, and another machine's bash may read the script.
    Output(machine=False).write(script.source_template % script.source_vars())
