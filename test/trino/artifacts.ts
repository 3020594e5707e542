import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from '../support/source-tree.ts';

/**
 * Athena's engine version 3 came out in October 2022 and takes from Trino what it needs since then, without a number of its own.
 * This Trino is of January 2023, so what runs here uses nothing younger; and it runs on Java 17.
 */
export const TRINO = '406';

/** Trino's Hadoop asks for the security manager, which is gone from Java 24 on. */
const JAVA = { from: 17, below: 24 };
/** Longest time for some 350 MB of artifacts, ms. */
const FETCH_MS = 900_000;
const CACHE = join(ROOT, 'node_modules', '.cache', 'trino');
const DEPENDENCY_PLUGIN = '3.8.1';

export interface Java {
  readonly command: string;
  readonly version: number;
}

/** What a Trino is started from. */
export interface TrinoHome {
  readonly version: string;
  readonly java: Java;
  readonly classpath: string;
  /** Jars of each connector, and the class that announces it. */
  readonly plugins: readonly { readonly name: string; readonly jars: readonly string[]; readonly service: string }[];
}

/** Why Trino cannot run here: something is not installed or not reachable, which is not the project's fault. */
export class TrinoUnavailable extends Error {
  override name = 'TrinoUnavailable';
}

interface Dependency {
  readonly group?: string;
  readonly artifact: string;
  readonly version?: string;
  /** Without what it needs itself. */
  readonly alone?: boolean;
}

/** Starts any class with a public constructor without a compiler, which a Java runtime does not have. */
const LAUNCHER: Dependency = { group: 'org.apache-extras.beanshell', artifact: 'bsh', version: '2.0b6' };
/** Three classes that only announce the connector, which has its own release number on them but is the same since. */
const HIVE_DOOR: Dependency = { artifact: 'trino-hive-hadoop2', version: '403', alone: true };

/** Each is resolved by itself, as Trino's own build does it: a connector brings its own versions of libraries. */
const MODULES: Readonly<Record<'server' | 'hive' | 'iceberg', readonly Dependency[]>> = {
  server: [{ artifact: 'trino-main' }, LAUNCHER],
  hive: [{ artifact: 'trino-hive' }, HIVE_DOOR],
  iceberg: [{ artifact: 'trino-iceberg' }],
};

const NO_DEPENDENCIES =
  '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';

const dependency = ({ group = 'io.trino', artifact, version = TRINO, alone }: Dependency): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${
    alone ? NO_DEPENDENCIES : ''
  }</dependency>`;

const project = (name: string, body: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>oneriver.test</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>
${body}
</project>
`;

/** The versions of Trino's own build, so that what is resolved here is what a Trino of that version ships. */
const modulePom = (name: string, dependencies: readonly Dependency[]): string =>
  project(
    name,
    `<dependencyManagement><dependencies><dependency><groupId>io.trino</groupId><artifactId>trino-root</artifactId>
<version>${TRINO}</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>
<dependencies>${dependencies.map(dependency).join('\n')}</dependencies>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<version>${DEPENDENCY_PLUGIN}</version><executions><execution><phase>process-resources</phase><goals><goal>build-classpath</goal></goals>
<configuration><includeScope>runtime</includeScope><outputFile>\${project.basedir}/classpath.txt</outputFile></configuration>
</execution></executions></plugin></plugins></build>`,
  );

/**
 * Everything that Trino is started from, fetched by Maven from wherever its settings say, checked against the registry's
 * checksums (`--strict-checksums`) and kept in Maven's own repository, so the second time needs no network.
 * @throws TrinoUnavailable with the reason where Java, Maven or the registry is missing
 */
export async function fetchTrino(): Promise<TrinoHome> {
  const java = findJava();
  if (spawnSync('mvn', ['-version']).error) {
    throw new TrinoUnavailable('mvn is not on PATH; install Maven 3.6 or newer (Debian: apt-get install maven)');
  }
  writePoms();
  await runMaven();
  const classpath = (name: keyof typeof MODULES): string =>
    readFileSync(join(CACHE, name, 'classpath.txt'), 'utf8').trim();
  const plugin = (name: 'hive' | 'iceberg', service: string) => ({
    name,
    service,
    jars: classpath(name).split(delimiter),
  });
  return {
    version: TRINO,
    java,
    classpath: classpath('server'),
    plugins: [
      plugin('hive', 'io.trino.plugin.hive.HivePlugin'),
      plugin('iceberg', 'io.trino.plugin.iceberg.IcebergPlugin'),
    ],
  };
}

function writePoms(): void {
  const modules = Object.keys(MODULES).map((name) => `<module>${name}</module>`);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'pom.xml'), project('trino', `<modules>${modules.join('')}</modules>`));
  for (const [name, dependencies] of Object.entries(MODULES)) {
    mkdirSync(join(CACHE, name), { recursive: true });
    writeFileSync(join(CACHE, name, 'pom.xml'), modulePom(name, dependencies));
  }
}

/** Words of Maven's that say that the registry was not reached or has not got it, and nothing about this project. */
const UNREACHABLE =
  /could not (?:transfer|find) artifact|unknown host|connection|timed? ?out|offline|cannot access|no route|status code/i;

async function runMaven(): Promise<void> {
  const args = ['--batch-mode', '--no-transfer-progress', '--strict-checksums', '--quiet'];
  const child = spawn('mvn', [...args, '--file', join(CACHE, 'pom.xml'), 'process-resources'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: FETCH_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === 0) return;
  const said = output.split('\n').find((line) => UNREACHABLE.test(line)) ?? `mvn ended with ${code}`;
  if (code === null || UNREACHABLE.test(output)) throw new TrinoUnavailable(`Maven could not fetch Trino: ${said}`);
  throw new Error(`mvn ended with ${code}:\n${output}`);
}

/** The first Java that Trino runs on: JAVA_HOME, PATH, then those that Debian installs side by side. */
function findJava(): Java {
  const installed = '/usr/lib/jvm';
  const homes = [process.env.JAVA_HOME ?? [], listed(installed).map((name) => join(installed, name))].flat();
  const commands = [...homes.slice(0, process.env.JAVA_HOME ? 1 : 0).map(binary), 'java', ...homes.map(binary)];
  const found = commands.map((command) => ({ command, version: javaVersion(command) }));
  const fit = found.find(({ version }) => version >= JAVA.from && version < JAVA.below);
  if (fit) return fit;
  const versions = [...new Set(found.map(({ version }) => version).filter((version) => version > 0))].join(', ');
  throw new TrinoUnavailable(
    `Trino needs a Java from ${JAVA.from} up to ${JAVA.below - 1}; found ${versions || 'none'}. Set JAVA_HOME, or install one.`,
  );
}

const binary = (home: string): string => join(home, 'bin', 'java');

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** 0 where it cannot be started. */
function javaVersion(command: string): number {
  const { stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}
