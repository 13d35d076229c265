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
  const runs = data.runs, single = runs.length === 1;
  const colours = ['a', 'b', 'c', 'd', 'e', 'f'];
  const dashes = ['5 4', '2 3', '9 3', '9 3 2 3'];
  const look = (i, j = 0) => ({ color: colours[i % colours.length], dash: dashes[Math.floor(i / colours.length) + 2 * j - 1] });
  const swatch = ({ color, dash }) => {
    const box = make('i');
    box.style.background = dash ? `repeating-linear-gradient(90deg, var(--${color}) 0 4px, transparent 4px 6px)` : `var(--${color})`;
    return box;
  };
  const took = r => r.run.ended && Number.isFinite(r.duration) ? span(r.duration) : null;
  const plain = v => typeof v === 'boolean' ? (v ? 'yes' : 'no') : v === null || v === undefined ? '–' : String(v);
  byId('title').textContent = single ? runs[0].run.title : `${runs.length} runs compared`;
  byId('subtitle').textContent = single
    ? `${runs[0].name} · began ${when(runs[0].run.started)}` + (took(runs[0]) ? ` · took ${took(runs[0])}` : '')
    : [...new Set(runs.map(r => r.run.title))].length === 1 ? runs[0].run.title : runs.map(r => r.name).join(' · ');
  const states = run => ({
    Running: 'has not ended: it is still in progress or was killed. The page shows what the run had written so far.',
    Interrupted: 'was interrupted.',
    Failed: `ended with an error: ${run.error || 'the message was not recorded'}`,
  })[run.state];
  const who = r => single ? 'This run' : r.name;
  const alerts = runs.flatMap(r => [states(r.run) && `${who(r)} ${states(r.run)}`, r.unreadable ? `${r.unreadable} lines in the files of ${single ? 'the run' : r.name} could not be read and are not shown.` : null]).filter(Boolean);
  byId('alert').textContent = alerts.join(' ');
  byId('alert').hidden = alerts.length === 0;
  // Formats a value with the unit that its name specifies.
  const figure = (name, value) => {
    if (typeof value === 'boolean') return [name, value ? 'yes' : 'no'];
    if (typeof value !== 'number') return [name, value ?? '–'];
    const unit = (name.match(/(PerSecond|Seconds|Bytes)$/) || [''])[0], rest = name.slice(0, name.length - unit.length);
    if (unit === 'Seconds') return [rest === '' ? 'time' : `${rest} time`, span(value)];
    if (unit === 'Bytes') return [rest, value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(2)} GiB` : `${(value / 2 ** 20).toFixed(1)} MiB`];
    if (unit === 'PerSecond') return [`${rest} per second`, short(value)];
    if (/share$/i.test(name) && value >= 0 && value <= 1) return [name, `${trim((100 * value).toFixed(2))} %`];
    if (/^loss$/i.test(name)) return [name, `${value.toFixed(4)} nats`];
    return [name, Number.isInteger(value) ? whole(value) : short(value)];
  };
  // The results that most readers look for are tiles. The others are a list, unless the run has none of the first.
  const main = ['loss', 'validationPerplexity', 'wallSeconds', 'wordsPerSecond', 'corpusWords', 'vocabularyWords', 'knownShare', 'peakMemoryBytes'];
  const results = single ? runs[0].run.results : {}, keys = Object.keys(results), first = main.filter(key => key in results);
  for (const key of first.length ? first : keys) {
    const [name, text] = figure(key, results[key]), tile = byId('tiles').appendChild(make('div'));
    tile.append(make('dt', '', label(name)), make('dd', text.length > 16 ? 'long' : '', text));
  }
  const others = first.length ? keys.filter(key => !first.includes(key)) : [];

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
    if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) { low -= Math.abs(low) * .1 || .5; high += Math.abs(high) * .1 || .5; }
    if (!tight) { const pad = (high - low) * .06; low -= pad; high += pad; }
    const at = v => from + ((log ? Math.log10(v) : v) - low) / (high - low) * (to - from);
    const marks = log ? decades(low, high) : ticks(low, high, from < to ? 6 : 5);
    const back = place => { const v = low + (place - from) / (to - from) * (high - low); return log ? 10 ** v : v; };
    return { at, from: back, marks: marks.map(m => [log ? 10 ** m : m, from + (m - low) / (high - low) * (to - from)]) };
  };
  const clock = v => {
    if (v < 120) return trim(v.toFixed(v < 10 ? 1 : 0)) + ' s';
    if (v < 7200) return trim((v / 60).toFixed(1)) + ' min';
    return trim((v / 3600).toFixed(v < 36000 ? 2 : 1)) + ' h';
  };
  // Marks of time are multiples of the unit in which they are written.
  const times = (high, count) => {
    const unit = high < 120 ? 1 : high < 7200 ? 60 : 3600;
    return ticks(0, high / unit, count).map(t => t * unit);
  };
  const logs = new Map(); // Whether a chart is logarithmic, where a click has changed it.
  // series: { name, look, points: [[x, y]], dots, line }. A group of charts has one horizontal axis and one cursor.
  const chart = (parent, { title, unit, series, xName, xRange, xTime, xLog, yLog, autoLog, marks = [], group, redraw }) => {
    series = series.map(s => ({ ...s, points: s.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!xLog || x > 0)) })).filter(s => s.points.length > 0);
    if (series.length === 0) return;
    const values = series.flatMap(s => s.points.map(p => p[1])), lowest = Math.min(...values), highest = Math.max(...values);
    const canLog = lowest > 0 && highest > lowest;
    const isLog = yLog || (canLog && (logs.get(title) ?? (autoLog && highest / lowest >= 20)));
    if (isLog) series = series.map(s => ({ ...s, points: s.points.filter(p => p[1] > 0) })).filter(s => s.points.length > 0);
    if (series.length === 0) return;
    const points = series.flatMap(s => s.points);
    const x = scale(xRange || points.map(p => p[0]), xLog, L, W - R, true), y = scale(points.map(p => p[1]), isLog, H - B, T, false);
    const xText = xTime ? clock : short;
    const figure = parent.appendChild(make('figure'));
    const caption = figure.appendChild(make('figcaption'));
    caption.append(make('b', '', title), ...(unit ? [make('span', '', unit)] : []));
    const svg = figure.appendChild(draw('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': title }));
    for (const [value, at] of y.marks) {
      svg.append(draw('line', { class: 'grid', x1: L, x2: W - R, y1: at, y2: at }), draw('text', { x: L - 8, y: at + 4, 'text-anchor': 'end' }, short(value)));
    }
    const xMarks = xTime ? times(xRange[1], 6).map(t => [t, x.at(t)]) : x.marks;
    for (const [value, at] of xMarks) svg.append(draw('text', { x: at, y: H - B + 16, 'text-anchor': at > W - R - 16 ? 'end' : 'middle' }, xText(value)));
    for (const mark of marks) svg.append(draw('line', { class: 'epoch', x1: x.at(mark), x2: x.at(mark), y1: T, y2: H - B }));
    svg.append(draw('line', { class: 'axis', x1: L, x2: W - R, y1: H - B, y2: H - B }), draw('text', { x: (L + W - R) / 2, y: H - 3, 'text-anchor': 'middle' }, xName));
    const shown = [];
    for (const s of series) {
      if (s.line !== false) {
        const path = s.points.map(([px, py], i) => `${i ? 'L' : 'M'}${x.at(px).toFixed(2)} ${y.at(py).toFixed(2)}`).join('');
        const curve = draw('path', { class: 'curve', d: path });
        curve.style.stroke = `var(--${s.look.color})`;
        if (s.look.dash) curve.style.strokeDasharray = s.look.dash;
        svg.append(curve);
      }
      if (s.dots || s.points.length === 1) {
        for (const [px, py] of s.points) {
          const dot = draw('circle', { cx: x.at(px), cy: y.at(py), r: s.points.length > 60 ? 1.8 : 3 });
          dot.style.fill = `var(--${s.look.color})`;
          svg.append(dot);
        }
      }
      const key = caption.appendChild(make('span'));
      key.append(swatch(s.look), s.name ? s.name + ' ' : '', shown[shown.push(make('span', 'value', short(s.points[s.points.length - 1][1]))) - 1]);
    }
    const place = caption.appendChild(make('span', 'place'));
    if (canLog && !yLog && redraw) {
      const button = caption.appendChild(make('button', 'scale', isLog ? 'log' : 'linear'));
      button.type = 'button';
      button.title = 'Change the vertical axis between linear and logarithmic';
      button.addEventListener('click', () => { logs.set(title, !isLog); redraw(); });
    }
    const cursor = svg.appendChild(draw('line', { class: 'cursor', y1: T, y2: H - B }));
    const nearest = (s, at) => s.points.reduce((best, p) => Math.abs(x.at(p[0]) - at) < Math.abs(x.at(best[0]) - at) ? p : best);
    // Moves the cursor to a position from 0 to 1 on the horizontal axis; null hides it.
    const show = part => {
      const at = part === null ? 0 : L + part * (W - R - L);
      cursor.setAttribute('x1', at);
      cursor.setAttribute('x2', at);
      cursor.style.visibility = part === null ? 'hidden' : 'visible';
      series.forEach((s, i) => { shown[i].textContent = short(part === null ? s.points[s.points.length - 1][1] : nearest(s, at)[1]); });
      place.textContent = part === null ? '' : `at ${xText(x.from(at))}`;
    };
    const all = group || [];
    all.push(show);
    svg.addEventListener('pointermove', e => {
      const box = svg.getBoundingClientRect(), part = ((e.clientX - box.left) / box.width * W - L) / (W - R - L);
      for (const each of all) each(Math.min(1, Math.max(0, part)));
    });
    svg.addEventListener('pointerleave', () => { for (const each of all) each(null); });
  };
  const hideIfEmpty = (id, filled) => byId(id).classList.toggle('empty', !filled);

  // ---- course ----
  const course = byId('course').querySelector('.charts');
  const hasTime = runs.every(r => r.intervals.length === 0 || r.intervals[r.intervals.length - 1].seconds > 0);
  let axis = 'words';
  const probed = [...new Set(runs.flatMap(r => r.probes.flatMap(p => Object.keys(p.figures || {}))))];
  const logZ = probed.filter(n => /logz/i.test(n));
  const drawCourse = () => {
    course.replaceChildren();
    const group = [], time = axis === 'seconds';
    const all = runs.flatMap(r => [...r.intervals, ...r.epochs, ...r.probes]).map(s => s[axis]).filter(Number.isFinite);
    const common = { xName: time ? 'time since the run began' : 'words of text', xTime: time, xRange: [0, Math.max(...all, time ? 1e-3 : 1)], group, redraw: drawCourse, marks: single ? runs[0].epochs.slice(0, -1).map(s => s[axis]).filter(Number.isFinite) : [] };
    const points = (samples, value) => samples.map(s => [s[axis], value(s)]).filter(p => p[1] !== undefined);
    // One curve per run and name. On the page of one run, each name has a colour; on a page of several, each run has one.
    const curves = (samples, names, value, first = 0) => runs.flatMap((r, i) => names.map((name, j) => ({
      name: single ? name : [r.name, name].filter(Boolean).join(', '),
      look: single ? look(first + j) : look(i, Math.min(j, 1)),
      points: points(samples(r), s => value(s, j)),
    })));
    const loss = curves(r => r.intervals, [single ? 'per interval' : ''], s => s.loss);
    if (single) loss.push({ name: 'mean of each epoch', look: look(3), points: points(runs[0].epochs, s => s.loss), dots: true, line: false });
    chart(course, { ...common, title: 'Loss', unit: 'nats per prediction', series: loss });
    chart(course, { ...common, title: 'Learning rate', series: curves(r => r.intervals, [''], s => s.learningRate, 2) });
    chart(course, { ...common, title: 'Speed', unit: 'words per second, without pauses', series: curves(r => r.intervals, [''], s => s.wordsPerSecond, 5) });
    const dotted = list => list.map(s => ({ ...s, dots: true }));
    chart(course, { ...common, title: 'log Z of held-out contexts', unit: 'nats; 0 is normalised', series: dotted(curves(r => r.probes, logZ.map(n => label(n).replace('log Z ', '')), (s, j) => (s.figures || {})[logZ[j]], 3)) });
    for (const [i, name] of probed.filter(n => !logZ.includes(n)).entries())
      chart(course, { ...common, autoLog: true, title: label(name), unit: name === 'heldOutLoss' ? 'nats per prediction' : '', series: dotted(curves(r => r.probes, [''], s => (s.figures || {})[name], 4 + i)) });
    for (const button of byId('axis').children) button.setAttribute('aria-pressed', button.dataset.axis === axis);
  };
  for (const button of byId('axis').children) button.addEventListener('click', () => { axis = button.dataset.axis; drawCourse(); });
  byId('axis').hidden = !hasTime;
  drawCourse();
  hideIfEmpty('course', course.childElementCount > 0);
  if (single) byId('run-legend').remove(); else runs.forEach((r, i) => { byId('run-legend').appendChild(make('span')).append(swatch(look(i)), r.name); });
  const objective = r => (r.run.options.find(o => o.name === '--objective') || {}).value;
  byId('loss-note').textContent = runs.some(r => objective(r) === 'nce')
    ? 'The loss of NCE can rise at first. It measures how well the model tells the words of the text from noise words. Neighbouring text repeats its words, while most noise words have not occurred yet, so that this is easy in the beginning and becomes harder as more of the vocabulary has occurred. The loss of held-out text (--valid) does not rise for this reason.'
    : '';
  if (new Set(runs.map(objective)).size > 1) byId('loss-note').append(' The losses of different objectives cannot be compared.');

  // ---- rank and frequency, estimation ----
  const zipf = byId('vocabulary').querySelector('.charts');
  chart(zipf, { title: 'Occurrences by rank', unit: 'both axes logarithmic', xName: 'rank', xLog: true, yLog: true, series: runs.map(({ run, name }, i) => ({ name: single ? '' : name, look: look(i), points: run.ranks.map((r, j) => [r, run.counts[j]]).filter(p => p[1] > 0) })) });
  hideIfEmpty('vocabulary', zipf.childElementCount > 0);
  const estimation = byId('estimation').querySelector('.charts');
  const studies = new Map(); // One chart per study and one curve per estimator. The series is "study: estimator".
  for (const r of runs) for (const e of r.estimation) {
    const [study, name = ''] = e.series.split(': '), curve = single ? name : `${r.name}, ${name}`;
    if (!studies.has(study)) studies.set(study, new Map());
    const curves = studies.get(study);
    if (!curves.has(curve)) curves.set(curve, []);
    curves.get(curve).push([e.samples, e.error]);
  }
  for (const [study, curves] of studies)
    chart(estimation, { title: `Squared error: ${study}`, unit: 'both axes logarithmic', xName: 'samples', xLog: true, yLog: true, series: [...curves].map(([name, points], i) => ({ name, look: look(i), points: points.filter(p => p[1] > 0).sort((p, q) => p[0] - q[0]), dots: true })) });
  hideIfEmpty('estimation', estimation.childElementCount > 0);

  // ---- tables ----
  // On a narrow screen, a row becomes a list, and each cell shows the head of its column.
  const cellText = cell => typeof cell === 'number' ? (Number.isInteger(cell) ? whole(cell) : short(cell)) : cell ?? '–';
  const table = (section, head, rows, keys) => {
    hideIfEmpty(section, rows.length > 0);
    if (rows.length === 0) return;
    const t = byId(section).appendChild(make('div', 'scroll')).appendChild(make('table'));
    const tr = t.appendChild(make('thead')).appendChild(make('tr'));
    const numeric = head.map((_, i) => rows.some(r => typeof r[i] === 'number'));
    const fill = (element, content) => { if (content instanceof Node) element.append(content.cloneNode(true)); else element.append(make('span', '', content)); return element; };
    head.forEach((h, i) => tr.append(fill(make('th', numeric[i] ? 'number' : ''), h)));
    const body = t.appendChild(make('tbody'));
    for (const row of rows) {
      const r = body.appendChild(make('tr'));
      row.forEach((cell, i) => {
        const td = r.appendChild(make('td', (numeric[i] ? 'number' : '') + (i === 0 && keys ? ' key' : '')));
        td.append(fill(make('span', 'head'), head[i]));
        fill(td, cell instanceof Node ? cell : cellText(cell));
      });
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
  const named = i => { const e = make('span', 'run'); e.append(swatch(look(i)), runs[i].name); return e; };
  const ofRun = (head, rows) => single ? [head, rows[0]] : [['Run', ...head], rows.flatMap((list, i) => list.map(row => [named(i), ...row]))];
  const columns = [...new Set(runs.flatMap(r => r.evaluations.flatMap(e => Object.keys(e.figures))))];
  table('evaluations', ...ofRun(['Evaluation', 'Table or text', ...columns.map(label)], runs.map(r => r.evaluations.map(e => [e.name, e.source, ...columns.map(c => e.figures[c])]))), true);
  table('epochs', ...ofRun(['Epoch', 'Words', 'Predictions', 'Loss', 'Words per second', 'Time'], runs.map(r => r.epochs.map(e => [e.epoch, e.words, e.predictions, e.loss, e.wordsPerSecond, span(e.seconds)]))), true);

  // ---- several runs ----
  // The files that a run writes always differ.
  const optionNames = [...new Set(runs.flatMap(r => r.run.options.map(o => o.name)))].filter(name => name !== '--out' && name !== '--run');
  const option = (r, name) => { const o = r.run.options.find(each => each.name === name); return o ? plain(o.value) : '–'; };
  const differs = name => runs.some(r => option(r, name) !== option(runs[0], name));
  if (single) {
    hideIfEmpty('runs', false);
    hideIfEmpty('differences', false);
  } else {
    const compared = [...new Set([...main, ...runs.flatMap(r => Object.keys(r.run.results))])].filter(key => runs.some(r => plain(r.run.results[key]) !== plain(runs[0].run.results[key])));
    const heads = ['Result', ...runs.map((_, i) => named(i))];
    table('runs', heads, [
      ['Title', ...runs.map(r => r.run.title)], ['Began', ...runs.map(r => when(r.run.started))], ['Took', ...runs.map(r => took(r) || r.run.state.toLowerCase())],
      ...compared.map(key => [label(figure(key, runs.map(r => r.run.results[key]).find(v => v !== undefined))[0]), ...runs.map(r => r.run.results[key] === undefined ? '–' : figure(key, r.run.results[key])[1])]),
    ], true);
    table('differences', ['Option', ...runs.map((_, i) => named(i))], optionNames.filter(differs).map(name => [name, ...runs.map(r => option(r, name))]), true);
  }

  pairs('results', others.map(key => { const [name, value] = figure(key, results[key]); return { name: label(name), value }; }));
  const settings = runs[0].run.options.filter(o => single || !differs(o.name));
  pairs('configuration', settings.map(o => ({ ...o, value: plain(o.value), given: runs.some(r => r.run.options.some(each => each.name === o.name && each.given)) })));
  byId('configuration').querySelector('h2').textContent = single ? 'Configuration' : 'Options that are equal';
  byId('configuration').append(make('p', 'note below', 'Options in bold were specified by the user. The others have their default values.'));
  const sameMachine = runs.every(r => JSON.stringify(r.run.machine) === JSON.stringify(runs[0].run.machine));
  pairs('machine', runs.flatMap((r, at) => {
    const mark = name => single ? name : `${r.name}: ${name}`;
    return [
      ...r.run.devices.map((d, i) => ({ name: mark(r.run.devices.length > 1 ? `Device ${i + 1}` : 'Device'), value: d })),
      ...(at > 0 && sameMachine ? [] : r.run.machine.map(m => { const [name, value] = figure(m.name, m.value); return { name: sameMachine ? label(name) : mark(label(name)), value }; })),
      ...r.run.inputs.map((f, i) => ({ name: mark(r.run.inputs.length > 1 ? `Input ${i + 1}` : 'Input'), value: f }))];
  }), true);
  table('messages', ...ofRun(['Time', 'Level', 'Message'], runs.map(r => r.messages.map(m => [when(m.time), m.level || '', m.text || '']))), false);
  byId('foot').textContent = `NceFast ${[...new Set(runs.map(r => r.run.version))].join(', ')} · page written ${when(data.made)}`;

  // ---- word map ----
  const mapped = runs.map((r, i) => i).filter(i => runs[i].map);
  hideIfEmpty('map', mapped.length > 0);
  if (mapped.length === 0) return;
  const plane = byId('plane'), lines = plane.appendChild(draw('g', {})), dots = plane.appendChild(draw('g', {})), names = plane.appendChild(draw('g', {}));
  const view = { k: 1, x: 0, y: 0 };
  let map, count, circles, x0, x1, y0, y1, chosen = -1, lit = -1, colouring = 'cluster', size = { w: 700, h: 560 }, waiting = false;
  const radius = i => 2 + 3.2 / (1 + Math.log10(1 + i));
  // The view shows the words between the 1st and 99th percentile of each axis. Words outside are visible after zooming out.
  const bounds = values => {
    const sorted = [...values].sort((a, b) => a - b), cut = Math.floor(sorted.length * .01);
    const low = sorted[cut], high = sorted[sorted.length - 1 - cut], pad = (high - low) * .06 || .1;
    return [low - pad, high + pad];
  };
  const colour = i => colouring === 'cluster' ? `var(--m${map.cluster[i] % 10})` : `color-mix(in srgb, var(--hot) ${Math.round(100 * (1 - Math.log10(1 + i) / Math.log10(1 + count)))}%, var(--cold))`;
  const paint = () => {
    circles.forEach((c, i) => { c.style.fill = colour(i); });
    for (const button of byId('map-colour').children) button.setAttribute('aria-pressed', button.dataset.colour === colouring);
    byId('map-legend').replaceChildren(...(colouring === 'cluster' ? map.clusters.map((members, c) => {
      const button = make('button', lit === c ? 'lit' : ''), box = button.appendChild(make('i'));
      button.type = 'button';
      button.setAttribute('aria-pressed', lit === c);
      box.style.background = `var(--m${c % 10})`;
      button.append(members.map(m => map.names[m]).join(', '));
      button.addEventListener('click', () => { lit = lit === c ? -1 : c; paint(); redraw(); });
      return button;
    }) : [make('span', '', 'most frequent'), make('span', 'ramp'), make('span', '', `rank ${whole(count)}`)]));
  };
  const load = run => {
    map = runs[run].map;
    count = map.x.length;
    chosen = lit = -1;
    view.k = 1;
    view.x = view.y = 0;
    circles = map.x.map((_, i) => draw('circle', { r: radius(i).toFixed(1) }));
    dots.replaceChildren(...[...circles].reverse());
    [x0, x1] = bounds(map.x);
    [y0, y1] = bounds(map.y);
    const trust = typeof map.trust === 'number' && typeof map.axesTrust === 'number' ? ` The trustworthiness at 10 neighbours is ${map.trust.toFixed(3)} (two principal axes: ${map.axesTrust.toFixed(3)}).` : '';
    byId('map-note').textContent = `The ${whole(count)} most frequent words, placed by t-SNE so that near words have similar vectors; distances between far words mean little.${trust} Drag to move, turn the wheel to zoom, and click a word for its nearest neighbours. Colours are clusters, each named by frequent words near its centre.`;
    byId('chosen').textContent = 'Click a word to see its neighbours';
    byId('neighbours').replaceChildren();
    byId('found').replaceChildren();
    paint();
  };
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
      circles[i].setAttribute('class', i === chosen ? 'chosen' : near.has(i) ? 'near' : lit >= 0 && map.cluster[i] !== lit ? 'faint' : '');
    }
    lines.replaceChildren(...[...near].filter(n => n < count).map(n => draw('line', { x1: px(chosen), y1: py(chosen), x2: px(n), y2: py(n) })));
    write(near);
  };
  // Draws names where there is space, in this order: the chosen word, its neighbours, then words by frequency.
  const write = near => {
    const taken = [], texts = [];
    const order = chosen < 0 ? [] : [chosen, ...[...near].filter(n => n < count)];
    const wanted = 90 * Math.sqrt(view.k) + order.length;
    for (let i = 0; i < count; i++) if (i !== chosen && !near.has(i) && (lit < 0 || map.cluster[i] === lit)) order.push(i);
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
  for (const button of byId('map-colour').children) button.addEventListener('click', () => { colouring = button.dataset.colour; lit = -1; paint(); redraw(); });
  byId('map-pick').hidden = mapped.length === 1;
  byId('map-run').replaceChildren(...mapped.map(i => { const o = make('option', '', runs[i].name); o.value = i; return o; }));
  byId('map-run').addEventListener('change', e => { load(Number(e.target.value)); redraw(); });
  load(mapped[0]);
  place();
})();
