/** Something the pipeline has published. `value` is the JSON text as it went to the topic. */
export interface Announcement {
  readonly topic: string;
  readonly id: string;
  readonly value: string;
}

export type AnnouncementListener = (announcement: Announcement) => void;

/** Tells whoever listens in this process what has just been published. Listeners must not throw or wait. */
export interface Announcements {
  subscribe(listener: AnnouncementListener): () => void;
  publish(announcement: Announcement): void;
}

export function createAnnouncements(): Announcements {
  const listeners = new Set<AnnouncementListener>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(announcement) {
      for (const listener of listeners) listener(announcement);
    },
  };
}
