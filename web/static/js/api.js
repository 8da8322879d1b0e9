// Commands to the robot. Each throws an Error with a text fit to be shown when it could not be sent.

const TIMEOUT_MS = 4000;

export const sendTask = (type, args = {}) => post("api/task", { type, args });
export const sendRoomEdit = (edit) => post("api/room", { edit });
export const sendStop = () => post("api/stop", {});
export const sendEstop = (engaged) => post("api/estop", { engaged });
export const setZone = (zone) => post("api/zone", { action: "set", zone });
export const deleteZone = (name) => post("api/zone", { action: "delete", name });

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Error("Not sent: the panel's server does not answer");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `Not sent: the server said ${response.status}`);
  return answer;
}
