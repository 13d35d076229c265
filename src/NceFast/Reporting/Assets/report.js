'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = id => document.getElementById(id);

  // ---- helpers: text from the run is inserted as text, never as markup ----
  const make = (tag, className, text) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const draw = (tag, attributes, text) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const trim = s => s.includes('.') ? s.replace(/\.?0+$/, '') : s;
  const short = v => {
    const a = Math.abs(v);
    if (!Number.isFinite(v)) return '–';
    if (a === 0) return '0';
    if (a >= 1e12) return Number(v.toPrecision(3)).toExponential();
    if (a >= 1e9) return trim((v / 1e9).toPrecision(3)) + ' G';
    if (a >= 1e6) return trim((v / 1e6).toPrecision(3)) + ' M';
    if (a >= 1e4) return trim((v / 1e3).toPrecision(3)) + ' k';
    if (a < 1e-4) return v.toExponential(1);
    return trim(v.toPrecision(4));
  };
  const whole = v => Number.isFinite(v) ? Math.round(v).toLocaleString('en-US') : '–';
  const span = seconds => {
    const s = Math.round(seconds), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return s < 60 ? (seconds < 10 ? seconds.toFixed(1) : s) + ' s' : h ? `${h} h ${String(m).padStart(2, '0')} min` : `${m} min ${String(s % 60).padStart(2, '0')} s`;
  };
  const when = t => new Date(t).toISOString().replace('T', ' ').slice(0, 19) + ' UTC';
  const label = name => name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2').toLowerCase().replace('held out', 'held-out').replace(/^./, c => c.toUpperCase()).replace(/^Log z\b/, 'log Z');

  // ---- head ----
  const run = data.run;
  byId('name').textContent = data.name;
  byId('subtitle').textContent = `${run.title} · began ${when(run.started)}` + (run.ended ? ` · took ${span((Date.parse(run.ended) - Date.parse(run.started)) / 1000)}` : '');
  const states = {
    Running: 'This run has not ended: it is still in progress or was killed. The page shows what the run had written so far.',
    Interrupted: 'This run was interrupted.',
    Failed: `This run ended with an error: ${run.error || 'the message was not recorded'}`,
  };
  const alerts = [states[run.state], data.unreadable ? `${data.unreadable} lines in the files of the run could not be read and are not shown.` : null].filter(Boolean);
  byId('alert').textContent = alerts.join(' ');
  byId('alert').hidden = alerts.length === 0;
  // Formats a value with the unit that its name specifies.
  const figure = (name, value) => {
    if (typeof value === 'boolean') return [name, value ? 'yes' : 'no'];
    if (typeof value !== 'number') return [name, value ?? '–'];
    const unit = (name.match(/(PerSecond|Seconds|Bytes)$/) || [''])[0], rest = name.slice(0, name.length - unit.length);
    if (unit === 'Seconds') return [rest, span(value)];
    if (unit === 'Bytes') return [rest, value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(2)} GiB` : `${(value / 2 ** 20).toFixed(1)} MiB`];
    if (unit === 'PerSecond') return [`${rest} per second`, short(value)];
    if (/^loss$/i.test(name)) return [name, `${value.toFixed(4)} nats`];
    return [name, Number.isInteger(value) ? whole(value) : short(value)];
  };
  for (const [key, value] of Object.entries(run.results)) {
    const [name, text] = figure(key, value), tile = byId('tiles').appendChild(make('div'));
    tile.append(make('dt', '', label(name)), make('dd', text.length > 16 ? 'long' : '', text));
  }

  // ---- charts ----
  const W = 520, H = 250, L = 56, R = 14, T = 12, B = 34;
  const ticks = (low, high, count) => {
    const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map(s => s * power).find(s => s >= raw * .999);
    const all = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) all.push(i * step);
    return all;
  };
  const decades = (low, high) => {
    const all = [];
    for (let p = Math.floor(low); p <= Math.ceil(high); p++) all.push(p);
    const inside = all.filter(p => p >= low - 1e-9 && p <= high + 1e-9);
    const step = Math.ceil(inside.length / 7);
    if (inside.length > 1) return inside.filter((_, i) => i % step === 0);
    const parts = all.flatMap(p => [1, 2, 5].map(m => p + Math.log10(m))).filter(p => p >= low - 1e-9 && p <= high + 1e-9);
    return parts.length > 1 ? parts : ticks(low, high, 3);
  };
  const scale = (values, log, from, to, tight) => {
    const usable = values.filter(v => Number.isFinite(v) && (!log || v > 0)).map(v => log ? Math.log10(v) : v);
    let low = Math.min(...usable), high = Math.max(...usable);
    if (low === high) { low -= Math.abs(low) * .1 || .5; high += Math.abs(high) * .1 || .5; }
    if (!tight) { const pad = (high - low) * .06; low -= pad; high += pad; }
    const at = v => from + ((log ? Math.log10(v) : v) - low) / (high - low) * (to - from);
    const marks = log ? decades(low, high) : ticks(low, high, from < to ? 6 : 5);
    return { at, marks: marks.map(m => [log ? 10 ** m : m, from + (m - low) / (high - low) * (to - from)]) };
  };
  // series: { name, color, points: [[x, y]], dots }
  const chart = (parent, { title, unit, series, xName, xLog, yLog, marks = [] }) => {
    series = series.map(s => ({ ...s, points: s.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!xLog || x > 0) && (!yLog || y > 0)) })).filter(s => s.points.length > 0);
    if (series.length === 0) return;
    const points = series.flatMap(s => s.points);
    const x = scale(points.map(p => p[0]), xLog, L, W - R, true), y = scale(points.map(p => p[1]), yLog, H - B, T, false);
    const figure = parent.appendChild(make('figure'));
    const caption = figure.appendChild(make('figcaption'));
    caption.append(make('b', '', title), make('span', '', unit || ''));
    const svg = figure.appendChild(draw('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': title }));
    for (const [value, at] of y.marks) {
      svg.append(draw('line', { class: 'grid', x1: L, x2: W - R, y1: at, y2: at }), draw('text', { x: L - 8, y: at + 4, 'text-anchor': 'end' }, short(value)));
    }
    for (const [value, at] of x.marks) svg.append(draw('text', { x: at, y: H - B + 16, 'text-anchor': 'middle' }, short(value)));
    for (const mark of marks) svg.append(draw('line', { class: 'epoch', x1: x.at(mark), x2: x.at(mark), y1: T, y2: H - B }));
    svg.append(draw('line', { class: 'axis', x1: L, x2: W - R, y1: H - B, y2: H - B }), draw('text', { x: (L + W - R) / 2, y: H - 3, 'text-anchor': 'middle' }, xName));
    const values = [];
    for (const s of series) {
      const path = s.points.map(([px, py], i) => `${i ? 'L' : 'M'}${x.at(px).toFixed(2)} ${y.at(py).toFixed(2)}`).join('');
      const curve = draw('path', { class: 'curve', d: path });
      curve.style.stroke = `var(--${s.color})`;
      if (s.dashed) curve.style.strokeDasharray = '5 4';
      svg.append(curve);
      if (s.dots || s.points.length === 1) {
        for (const [px, py] of s.points) {
          const dot = draw('circle', { cx: x.at(px), cy: y.at(py), r: 3 });
          dot.style.fill = `var(--${s.color})`;
          svg.append(dot);
        }
      }
      const key = caption.appendChild(make('span')), box = key.appendChild(make('i'));
      box.style.background = s.dashed ? `repeating-linear-gradient(90deg, var(--${s.color}) 0 4px, transparent 4px 6px)` : `var(--${s.color})`;
      key.append(s.name ? s.name + ' ' : '', values[values.push(make('span', '', short(s.points[s.points.length - 1][1]))) - 1]);
    }
    const cursor = svg.appendChild(draw('line', { class: 'cursor', y1: T, y2: H - B }));
    const at = caption.appendChild(make('span'));
    svg.addEventListener('pointermove', e => {
      const box = svg.getBoundingClientRect(), px = (e.clientX - box.left) / box.width * W;
      const nearest = s => s.points.reduce((best, p) => Math.abs(x.at(p[0]) - px) < Math.abs(x.at(best[0]) - px) ? p : best);
      const first = nearest(series[0]);
      cursor.setAttribute('x1', x.at(first[0]));
      cursor.setAttribute('x2', x.at(first[0]));
      cursor.style.visibility = 'visible';
      series.forEach((s, i) => { values[i].textContent = short(nearest(s)[1]); });
      at.textContent = `at ${short(first[0])}`;
    });
    svg.addEventListener('pointerleave', () => {
      cursor.style.visibility = 'hidden';
      series.forEach((s, i) => { values[i].textContent = short(s.points[s.points.length - 1][1]); });
      at.textContent = '';
    });
  };
  const hideIfEmpty = (id, filled) => byId(id).classList.toggle('empty', !filled);

  // ---- course ----
  const course = byId('course').querySelector('.charts'), xName = 'words of text';
  const line = key => data.progress.map(s => [s.words, s[key]]).filter(p => p[1] !== undefined);
  const marks = data.epochs.slice(0, -1).map(s => s.words).filter(Number.isFinite);
  const epochLoss = data.epochs.map(s => [s.words, s.loss]).filter(p => p[1] !== undefined);
  chart(course, { title: 'Loss', unit: 'nats per prediction', xName, marks, series: [{ name: 'epoch so far', color: 'a', points: line('loss') }, { name: 'epoch ends', color: 'd', points: epochLoss, dots: true }] });
  chart(course, { title: 'Learning rate', xName, marks, series: [{ name: '', color: 'c', points: line('learningRate') }] });
  chart(course, { title: 'Speed', unit: 'words per second', xName, marks, series: [{ name: '', color: 'f', points: line('wordsPerSecond') }] });
  const probed = [...new Set(data.probes.flatMap(p => Object.keys(p.figures || {})))];
  const probe = name => data.probes.map(p => [p.words, (p.figures || {})[name]]).filter(p => p[1] !== undefined);
  const logZ = probed.filter(n => /logz/i.test(n));
  chart(course, { title: 'log Z of held-out contexts', unit: 'nats; 0 is normalised', xName, marks, series: logZ.map((n, i) => ({ name: label(n).replace('log Z ', ''), color: 'dbeacf'[i % 6], points: probe(n), dots: true })) });
  for (const [i, name] of probed.filter(n => !logZ.includes(n)).entries())
    chart(course, { title: label(name), unit: 'probe', xName, marks, series: [{ name: '', color: 'ebdfca'[i % 6], points: probe(name), dots: true }] });
  hideIfEmpty('course', course.childElementCount > 0);

  // ---- rank and frequency, estimation ----
  const zipf = byId('vocabulary').querySelector('.charts');
  chart(zipf, { title: 'Occurrences by rank', unit: 'both axes logarithmic', xName: 'rank', xLog: true, yLog: true, series: [{ name: '', color: 'a', points: run.ranks.map((r, i) => [r, run.counts[i]]) }] });
  hideIfEmpty('vocabulary', zipf.childElementCount > 0);
  const estimation = byId('estimation').querySelector('.charts');
  const studies = new Map(); // One chart per study and one curve per estimator. The series is "study: estimator".
  for (const e of data.estimation) {
    const [study, name = ''] = e.series.split(': ');
    if (!studies.has(study)) studies.set(study, new Map());
    const curves = studies.get(study);
    if (!curves.has(name)) curves.set(name, []);
    curves.get(name).push([e.samples, e.error]);
  }
  for (const [study, curves] of studies)
    chart(estimation, { title: `Squared error: ${study}`, unit: 'both axes logarithmic', xName: 'samples', xLog: true, yLog: true, series: [...curves].map(([name, points], i) => ({ name, color: 'abcdef'[i % 6], dashed: i >= 6, points: points.sort((p, q) => p[0] - q[0]), dots: true })) });
  hideIfEmpty('estimation', estimation.childElementCount > 0);

  // ---- tables ----
  const table = (section, head, rows) => {
    hideIfEmpty(section, rows.length > 0);
    if (rows.length === 0) return;
    const t = byId(section).appendChild(make('div', 'scroll')).appendChild(make('table'));
    const tr = t.appendChild(make('thead')).appendChild(make('tr'));
    const numeric = head.map((_, i) => rows.some(r => typeof r[i] === 'number'));
    head.forEach((h, i) => tr.append(make('th', numeric[i] ? 'number' : '', h)));
    const body = t.appendChild(make('tbody'));
    for (const row of rows) {
      const r = body.appendChild(make('tr'));
      row.forEach((cell, i) => r.append(make('td', numeric[i] ? 'number' : '', typeof cell === 'number' ? (Number.isInteger(cell) ? whole(cell) : short(cell)) : cell ?? '–')));
    }
  };
  const pairs = (section, items, wide) => {
    hideIfEmpty(section, items.length > 0);
    const list = byId(section).appendChild(make('dl', wide ? 'pairs wide' : 'pairs'));
    for (const { name, value, given } of items) {
      const pair = list.appendChild(make('div', given ? 'given' : ''));
      pair.append(make('dt', '', name), make('dd', '', value));
    }
  };
  const columns = [...new Set(data.evaluations.flatMap(e => Object.keys(e.figures)))];
  table('evaluations', ['Evaluation', 'Table or text', ...columns.map(label)], data.evaluations.map(e => [e.name, e.source, ...columns.map(c => e.figures[c])]));
  table('epochs', ['Epoch', 'Words', 'Predictions', 'Loss', 'Words per second', 'Seconds since start'], data.epochs.map(e => [e.epoch, e.words, e.predictions, e.loss, e.wordsPerSecond, Math.round(e.seconds * 10) / 10]));
  const plain = v => typeof v === 'boolean' ? (v ? 'yes' : 'no') : v === null || v === undefined ? '–' : String(v);
  pairs('configuration', run.options.map(o => ({ ...o, value: plain(o.value) })));
  byId('configuration').append(make('p', 'note', 'Options in bold were specified by the user. The others have their default values.'));
  byId('configuration').lastChild.style.margin = '10px 0 0';
  pairs('machine', [...run.devices.map((d, i) => ({ name: run.devices.length > 1 ? `Device ${i + 1}` : 'Device', value: d })), ...run.machine.map(m => { const [name, value] = figure(m.name, m.value); return { name: label(name), value }; }), ...run.inputs.map((f, i) => ({ name: run.inputs.length > 1 ? `Input ${i + 1}` : 'Input', value: f }))], true);
  table('messages', ['Time', 'Level', 'Message'], data.messages.map(m => [when(m.time), m.level || '', m.text || '']));
  byId('foot').textContent = `NceFast ${run.version} · page written ${when(data.made)}`;

  // ---- word map ----
  const map = data.map;
  hideIfEmpty('map', map !== null && map !== undefined);
  if (!map) return;
  const plane = byId('plane'), count = map.x.length;
  byId('map-note').textContent = `The ${whole(count)} most frequent words, projected onto the first two principal axes of their unit vectors. Drag to move the map, turn the wheel to zoom, and click a word to see its nearest neighbours.`;
  const lines = plane.appendChild(draw('g', {})), dots = plane.appendChild(draw('g', {})), names = plane.appendChild(draw('g', {}));
  const radius = i => 2 + 3.2 / (1 + Math.log10(1 + i));
  const circles = map.x.map((_, i) => draw('circle', { r: radius(i).toFixed(1) }));
  for (let i = count - 1; i >= 0; i--) dots.append(circles[i]);
  const view = { k: 1, x: 0, y: 0 };
  let chosen = -1, size = { w: 700, h: 560 }, waiting = false;
  // The view shows the words between the 1st and 99th percentile of each axis. Words outside are visible after zooming out.
  const bounds = values => {
    const sorted = [...values].sort((a, b) => a - b), cut = Math.floor(sorted.length * .01);
    const low = sorted[cut], high = sorted[sorted.length - 1 - cut], pad = (high - low) * .08 || .1;
    return [low - pad, high + pad];
  };
  const [x0, x1] = bounds(map.x), [y0, y1] = bounds(map.y);
  const px = i => ((map.x[i] - x0) / (x1 - x0) * size.w - size.w / 2) * view.k + size.w / 2 + view.x;
  const py = i => ((y1 - map.y[i]) / (y1 - y0) * size.h - size.h / 2) * view.k + size.h / 2 + view.y;

  const place = () => {
    waiting = false;
    size = { w: plane.clientWidth || 700, h: plane.clientHeight || 560 };
    plane.setAttribute('viewBox', `0 0 ${size.w} ${size.h}`);
    const near = new Set(chosen < 0 ? [] : map.near[chosen]);
    for (let i = 0; i < count; i++) {
      circles[i].setAttribute('cx', px(i).toFixed(1));
      circles[i].setAttribute('cy', py(i).toFixed(1));
      circles[i].setAttribute('class', i === chosen ? 'chosen' : near.has(i) ? 'near' : '');
    }
    lines.replaceChildren(...[...near].filter(n => n < count).map(n => draw('line', { x1: px(chosen), y1: py(chosen), x2: px(n), y2: py(n) })));
    write(near);
  };
  // Draws names where there is space, in this order: the chosen word, its neighbours, then words by frequency.
  const write = near => {
    const taken = [], texts = [];
    const order = chosen < 0 ? [] : [chosen, ...[...near].filter(n => n < count)];
    const wanted = 90 * Math.sqrt(view.k) + order.length;
    for (let i = 0; i < count; i++) if (i !== chosen && !near.has(i)) order.push(i);
    for (const i of order) {
      if (texts.length >= wanted) break;
      const cx = px(i), cy = py(i), word = map.names[i], special = i === chosen || near.has(i);
      if (cx < 4 || cx > size.w - 4 || cy < 12 || cy > size.h - 4) continue;
      const width = Math.min(word.length, 24) * 6.6 + 6, left = cx + width + 8 > size.w ? cx - width - 7 : cx + 7;
      const box = { l: left, r: left + width, t: cy - 7, b: cy + 7 };
      if (i !== chosen && taken.some(o => box.l < o.r && box.r > o.l && box.t < o.b && box.b > o.t)) continue;
      taken.push(box, { l: cx - 5, r: cx + 5, t: cy - 5, b: cy + 5 });
      texts.push(draw('text', { x: left.toFixed(1), y: (cy + 4).toFixed(1), class: i === chosen ? 'chosen' : special ? 'near' : '' }, word.length > 24 ? word.slice(0, 23) + '…' : word));
    }
    names.replaceChildren(...texts);
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(place); } };

  const entry = (word, value, action, share) => {
    const item = make('li'), button = item.appendChild(make('button'));
    button.type = 'button';
    button.append(make('span', '', word), make('span', 'value', value));
    if (share !== undefined) button.appendChild(make('span', 'bar')).style.width = `calc(${Math.max(0, share) * 100}% - 16px)`;
    if (action) button.addEventListener('click', action); else button.disabled = true;
    return item;
  };
  const choose = (i, centre) => {
    chosen = i;
    byId('chosen').textContent = `Nearest to “${map.names[i]}”`;
    byId('neighbours').replaceChildren(...map.near[i].map((n, j) => entry(map.names[n], (map.cosines[i][j] / 1000).toFixed(3), n < count ? () => choose(n, true) : null, map.cosines[i][j] / 1000)));
    if (centre) {
      const cx = px(i), cy = py(i);
      if (cx < 30 || cx > size.w - 60 || cy < 30 || cy > size.h - 30) { view.x += size.w / 2 - cx; view.y += size.h / 2 - cy; }
    }
    redraw();
  };
  const zoom = (factor, cx = size.w / 2, cy = size.h / 2) => {
    const k = Math.min(60, Math.max(.5, view.k * factor)), f = k / view.k;
    view.x = cx - size.w / 2 - (cx - size.w / 2 - view.x) * f;
    view.y = cy - size.h / 2 - (cy - size.h / 2 - view.y) * f;
    view.k = k;
    redraw();
  };
  const local = e => { const box = plane.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
  let drag = null;
  plane.addEventListener('wheel', e => { e.preventDefault(); zoom(Math.exp(-e.deltaY * .0015), ...local(e)); }, { passive: false });
  plane.addEventListener('pointerdown', e => { drag = { at: local(e), x: view.x, y: view.y, moved: false }; plane.setPointerCapture(e.pointerId); });
  plane.addEventListener('pointermove', e => {
    if (!drag) return;
    const [x, y] = local(e), dx = x - drag.at[0], dy = y - drag.at[1];
    drag.moved ||= Math.hypot(dx, dy) > 4;
    if (!drag.moved) return;
    plane.classList.add('dragged');
    view.x = drag.x + dx;
    view.y = drag.y + dy;
    redraw();
  });
  plane.addEventListener('pointerup', e => {
    plane.classList.remove('dragged');
    const clicked = drag && !drag.moved;
    drag = null;
    if (!clicked) return;
    const [x, y] = local(e);
    let best = -1, distance = 18;
    for (let i = 0; i < count; i++) {
      const d = Math.hypot(px(i) - x, py(i) - y);
      if (d < distance) { best = i; distance = d; }
    }
    if (best >= 0) choose(best, false);
  });
  plane.addEventListener('pointercancel', () => { drag = null; });
  byId('closer').addEventListener('click', () => zoom(1.5));
  byId('farther').addEventListener('click', () => zoom(1 / 1.5));
  byId('whole').addEventListener('click', () => { view.k = 1; view.x = view.y = 0; redraw(); });

  const search = byId('search');
  const find = () => {
    const text = search.value.trim().toLowerCase();
    if (!text) return [];
    const starts = [], holds = [];
    for (let i = 0; i < count && starts.length < 30; i++) {
      const word = map.names[i].toLowerCase();
      if (word === text) starts.unshift(i); else if (word.startsWith(text)) starts.push(i); else if (word.includes(text)) holds.push(i);
    }
    return [...starts, ...holds].slice(0, 30);
  };
  search.addEventListener('input', () => {
    const hits = find();
    byId('found').replaceChildren(...(search.value.trim() && hits.length === 0 ? [entry('This word is not on the map', '', null)] : hits.map(i => entry(map.names[i], `rank ${whole(i + 1)}`, () => choose(i, true)))));
  });
  search.addEventListener('keydown', e => { if (e.key === 'Enter') { const [first] = find(); if (first !== undefined) choose(first, true); } });
  new ResizeObserver(redraw).observe(plane);
  addEventListener('beforeprint', place);
  addEventListener('afterprint', place);
  place();
})();
