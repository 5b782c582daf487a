// A code from another screen: by the camera, on a press, or by its link.

import { useEffect, useRef, useState } from "preact/hooks";
import { failCamera, followLink } from "../act.ts";
import { Do, Title } from "../parts.tsx";
import { stage } from "../state.ts";
import { say } from "../words.ts";

/** Between two looks, in milliseconds; and how long to look before saying that nothing is seen. */
const LOOK_MS = 250;
const PATIENCE_MS = 90_000;

export function Scan() {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [pasted, setPasted] = useState("");
  const [wrong, setWrong] = useState(false);
  const open = async () => {
    stage.value = say("scan-opening");
    try {
      const video = { facingMode: "environment" };
      setStream(await navigator.mediaDevices.getUserMedia({ video, audio: false }));
    } catch {
      failCamera("camera-refused");
    } finally {
      stage.value = "";
    }
  };
  const follow = (text: string) => {
    const isOurs = followLink(text);
    setWrong(!isOurs);
    return isOurs;
  };
  return (
    <>
      <Title>{say("scan-title")}</Title>
      <p class="lead">{say("scan-lead")}</p>
      {stream ? (
        <Camera stream={stream} found={follow} close={() => setStream(null)} />
      ) : (
        <div class="choices">
          <Do id="ctl-camera" main act={open}>
            {say("scan-camera")}
          </Do>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          follow(pasted.trim());
        }}
      >
        <div class="field">
          <label for="pasted">{say("scan-link")}</label>
          <input
            id="pasted"
            type="url"
            autocomplete="off"
            value={pasted}
            aria-invalid={wrong}
            aria-describedby="scan-says"
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
          <p class="hint" id="scan-says" role="status">
            {say(wrong ? "scan-wrong" : "scan-link-hint")}
          </p>
        </div>
        <button type="submit" id="ctl-follow">
          {say("scan-open")}
        </button>
      </form>
    </>
  );
}

function Camera({
  stream,
  found,
  close,
}: {
  stream: MediaStream;
  found: (text: string) => boolean;
  close: () => void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const shown = video.current;
    if (!shown) return;
    shown.srcObject = stream;
    void shown.play().catch(() => undefined);
    const began = Date.now();
    const canvas = document.createElement("canvas");
    let timer = setTimeout(() => void look(), LOOK_MS);
    const look = async () => {
      const text = await readFrame(shown, canvas);
      if (text !== null && found(text)) return close();
      if (Date.now() - began > PATIENCE_MS) {
        close();
        return failCamera("no-code-seen");
      }
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    return () => {
      clearTimeout(timer);
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label={say("scan-video")} />
      <Do id="ctl-camera-off" act={close}>
        {say("scan-stop")}
      </Do>
    </div>
  );
}

async function readFrame(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
): Promise<string | null> {
  const { read } = await import("../qr.ts");
  const [width, height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (width === 0 || height === 0 || !context) return null;
  canvas.width = width;
  canvas.height = height;
  context.drawImage(video, 0, 0);
  return read(context.getImageData(0, 0, width, height));
}
