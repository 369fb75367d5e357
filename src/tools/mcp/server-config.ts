/** A server as the file describes it, with all variables filled in. */
export type ServerConfig = StdioServer | HttpServer;

interface ServerBasics {
  readonly name: string;
  /** Its command or address as the file has it, variables not filled in: fit to be shown. */
  readonly shown: string;
}

/** A server that is started as a child process and spoken to over its standard input and output. */
export interface StdioServer extends ServerBasics {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** On top of the few harmless variables that every server gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: the current directory. */
  readonly cwd?: string;
}

/** A server that runs somewhere already and is spoken to over streamable HTTP. */
export interface HttpServer extends ServerBasics {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
