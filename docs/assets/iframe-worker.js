// Browsers refuse workers to pages that are opened from disk. There, what the search asks of its
// worker is done by the same script in a hidden frame.
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(script) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = data => this.#tell(this, data);
      inside.importScripts = (...scripts) =>
        scripts.reduce((done, each) => done.then(() => this.#load(each)), Promise.resolve());
      this.ready = this.#load(script);
    }

    #load(script) {
      const inside = this.frame.contentDocument;
      return new Promise((loaded, failed) => {
        const element = inside.createElement("script");
        Object.assign(element, {src: script, onload: loaded, onerror: failed});
        inside.body.append(element);
      });
    }

    #tell(receiver, data) {
      const event = new MessageEvent("message", {data: structuredClone(data)});
      setTimeout(() => {
        if (receiver === this) this.onmessage?.(event);
        receiver.dispatchEvent(event);
      });
    }

    postMessage(data) {
      this.ready.then(() => this.#tell(this.frame.contentWindow, data));
    }

    terminate() {
      this.frame.remove();
    }
  };
