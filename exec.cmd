@rem The exec of package.json's scripts, for cmd.exe, which has none (see scripts/start.mjs).
@%*
