export { type Channel, type ChannelContext, tellingAction } from "./telling_action.ts";
export { type Notice, type NoticeItem, noticeText, openingOf } from "./notice.ts";
export { type NoticeBlocks, NOTICE_BOUNDS, type NoticeBounds, type NoticeChannel, type NoticeDesk, Notices } from "./notices.ts";
export { type NoticeSettings, noticeSettings } from "./notice_settings.ts";
export { NOTICE_MIGRATIONS } from "./wave_store.ts";
