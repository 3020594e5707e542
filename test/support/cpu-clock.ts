/**
 * A clock of the CPU time that this process has spent since the call, milliseconds. Beside other work on the machine it goes as alone,
 * while the clock on the wall goes on as long as the others want: a limit on it holds on any machine.
 */
export function cpuClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
