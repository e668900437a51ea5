/**
 * The shell script that stands between the gateway and a server, as `sh -c SCRIPT sluice GRACE COMMAND ARGS…`. It is there for the gateway's
 * sudden death: a process that is killed can end nobody. The script's file descriptor 3 is a pipe whose other end the gateway alone holds;
 * when that closes, the server and all its children are told to end and, GRACE seconds later, killed. They are one process group, whose
 * leader the script is.
 *
 * - The server gets the script's own input by way of descriptor 4: a shell gives its background jobs /dev/null.
 * - TERM is caught, not ignored: what is ignored stays so in the server.
 * - `kill -0` tells an interrupted wait from one that is over.
 */
export const SUPERVISOR = `grace=$1; shift
exec 4<&0
"$@" <&4 3<&- 4<&- &
server=$!
(trap '' TERM; read -r _ <&3; kill -TERM -$$; sleep "$grace"; kill -KILL -$$) 4<&- </dev/null >/dev/null 2>&1 &
watcher=$!
exec 3<&- 4<&- </dev/null
trap : TERM
wait $server; code=$?
while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
kill -KILL $watcher 2>/dev/null
exit $code`;
