// Shows a part in three dimensions: draws what geometry/view.py packs, turns with pointer, wheel and arrow keys.

const VERTEX = `#version 300 es
in vec3 place;
uniform mat3 turn;
uniform vec2 scale;
out vec3 seen;
void main() {
  seen = turn * place;
  gl_Position = vec4(seen.xy * scale, -seen.z * 0.25, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec3 seen;
uniform vec3 colour;
out vec4 shown;
void main() {
  vec3 normal = normalize(cross(dFdx(seen), dFdy(seen)));
  float light = 0.3 + 0.7 * abs(dot(normal, normalize(vec3(0.3, 0.5, 0.9))));
  shown = vec4(colour * light, 1.0);
}`;

export function unpack(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== 0x31564346) throw new Error("this is no part to be shown"); // "FCV1"
  const vertices = view.getUint32(4, true);
  const triangles = view.getUint32(8, true);
  const steps = new Int16Array(buffer, 28, vertices * 3);
  const start = 28 + Math.ceil((vertices * 6) / 4) * 4;
  return { steps, faces: new Uint32Array(buffer, start, triangles * 3) };
}

function reach(steps) {
  let far = 1;
  for (let at = 0; at < steps.length; at += 3) far = Math.max(far, Math.hypot(steps[at], steps[at + 1], steps[at + 2]));
  return far;
}

function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

function prepare(gl, { steps, faces }) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  gl.useProgram(program);
  const far = reach(steps);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, Float32Array.from(steps, (each) => each / far), gl.STATIC_DRAW);
  const place = gl.getAttribLocation(program, "place");
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 0, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, faces, gl.STATIC_DRAW);
  gl.enable(gl.DEPTH_TEST);
  const at = (name) => gl.getUniformLocation(program, name);
  return { turn: at("turn"), scale: at("scale"), colour: at("colour"), count: faces.length };
}

// Turned about its upright axis, then tilted towards who looks; column by column, as WebGL takes it.
function turned(around, tilt) {
  const [ca, sa, ct, st] = [Math.cos(around), Math.sin(around), Math.cos(tilt), Math.sin(tilt)];
  return [ca, st * sa, -ct * sa, -sa, st * ca, -ct * ca, 0, ct, st];
}

function rgb(element) {
  return getComputedStyle(element).color.match(/[\d.]+/g).slice(0, 3).map((each) => each / 255);
}

class Solid {
  constructor(canvas, mesh) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: true, alpha: true });
    if (this.gl === null) throw new Error("this browser has no WebGL");
    this.parts = prepare(this.gl, mesh);
    this.home();
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.listen();
  }

  home() {
    this.around = 0.6;
    this.tilt = 0.5;
    this.zoom = 0.95;
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.paint(); });
  }

  paint() {
    const { canvas, gl, parts } = this;
    const dense = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * dense), Math.round(canvas.clientHeight * dense)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const side = Math.min(width, height);
    gl.uniform2f(parts.scale, (this.zoom * side) / width, (this.zoom * side) / height);
    gl.uniformMatrix3fv(parts.turn, false, turned(this.around, this.tilt));
    gl.uniform3fv(parts.colour, rgb(canvas));
    gl.drawElements(gl.TRIANGLES, parts.count, gl.UNSIGNED_INT, 0);
    canvas.dataset.drawn = `${this.around.toFixed(2)} ${this.tilt.toFixed(2)} ${this.zoom.toFixed(2)}`;
  }

  move(around, tilt, zoom = 1) {
    this.around += around;
    this.tilt = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.tilt + tilt));
    this.zoom = Math.max(0.3, Math.min(30, this.zoom * zoom));
    this.draw();
  }

  listen() {
    const { canvas } = this;
    const fingers = new Map();
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (before === undefined) return;
      const wide = fingers.size === 2 ? spread() : 0;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (fingers.size === 1) this.move((event.clientX - before.x) * 0.01, (event.clientY - before.y) * 0.01);
      else if (fingers.size === 2 && wide > 0) this.move(0, 0, spread() / wide);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.move(0, 0, Math.exp(-event.deltaY * 0.001));
    }, { passive: false });
    const keys = {
      ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15],
      "+": [0, 0, 1.2], "-": [0, 0, 1 / 1.2],
    };
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Home") this.home();
      else if (event.key in keys) this.move(...keys[event.key]);
      else return;
      event.preventDefault();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }
}

async function show(figure) {
  const canvas = figure.querySelector("canvas");
  const said = figure.querySelector("[role=status]");
  const help = said.textContent;
  said.textContent = canvas.dataset.drawing;
  try {
    const answer = await fetch(canvas.dataset.mesh);
    if (!answer.ok) throw new Error(`the coordinator answered ${answer.status}`);
    const solid = new Solid(canvas, unpack(await answer.arrayBuffer()));
    canvas.hidden = false;
    figure.querySelector(".drawn")?.remove();
    solid.draw();
    said.textContent = help;
  } catch (error) {
    said.textContent = `It cannot be shown in three dimensions: ${error.message}.`;
  }
}

document.querySelectorAll("figure.solid").forEach(show);
