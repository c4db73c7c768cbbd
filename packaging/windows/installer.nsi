; The installer for one person: no administrator, all below their own folders. packaging/build.py gives VERSION, FOLDER, OUT, ROOT, KIB.
;   DingTalkTray-VERSION-x64.exe /S                silent
;   DingTalkTray-VERSION-x64.exe /S /AUTOSTART=1   and starts at login from then on (/AUTOSTART=0: no longer)
Target amd64-unicode
Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetDateSave on
Name "DingTalk Tray"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\DingTalkTray"
InstallDirRegKey HKCU "Software\DingTalkTray" "Folder"
BrandingText "dingtalk-tray ${VERSION}"

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define SWITCHED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" ; Task Manager's word on it
!define REMOVE "Software\Microsoft\Windows\CurrentVersion\Uninstall\DingTalkTray"
!define VALUE "dingtalk-tray" ; what the app itself calls its entry under Run

!define MUI_ICON "${ROOT}\assets\app\dingtalk-tray.ico"
!define MUI_UNICON "${ROOT}\assets\app\dingtalk-tray.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\dingtalk-trayw.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "run"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString APP_SECTION ${LANG_ENGLISH} "DingTalk Tray"
LangString APP_SECTION ${LANG_SIMPCHINESE} "钉钉托盘"
LangString LOGIN_SECTION ${LANG_ENGLISH} "Start at login"
LangString LOGIN_SECTION ${LANG_SIMPCHINESE} "登录时启动"
LangString IN_USE ${LANG_ENGLISH} "DingTalk Tray is still running. End it (Quit in its menu), then try again."
LangString IN_USE ${LANG_SIMPCHINESE} "钉钉托盘仍在运行。请先退出（其菜单中的“退出”），然后重试。"

VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=1033 "ProductName" "DingTalk Tray"
VIAddVersionKey /LANG=1033 "FileDescription" "DingTalk Tray Setup"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "LegalCopyright" "MIT"

Var WasRunning

; Ends a running app in order, then waits until its program can be replaced: ten seconds at most.
!macro STOP_APP
    StrCpy $WasRunning 0
    ${If} ${FileExists} "$INSTDIR\dingtalk-tray.exe"
        nsExec::Exec '"$INSTDIR\dingtalk-tray.exe" quit'
        Pop $0
        ${If} $0 == 0
            StrCpy $WasRunning 1
        ${EndIf}
        StrCpy $1 0
        ${Do}
            ClearErrors
            Rename "$INSTDIR\dingtalk-trayw.exe" "$INSTDIR\old-trayw.exe"
            Rename "$INSTDIR\dingtalk-tray.exe" "$INSTDIR\old-tray.exe"
            Delete "$INSTDIR\old-trayw.exe"
            Delete "$INSTDIR\old-tray.exe"
            ${IfNot} ${FileExists} "$INSTDIR\old-tray.exe"
            ${AndIfNot} ${FileExists} "$INSTDIR\old-trayw.exe"
            ${AndIfNot} ${FileExists} "$INSTDIR\dingtalk-tray.exe"
            ${AndIfNot} ${FileExists} "$INSTDIR\dingtalk-trayw.exe"
                ${ExitDo}
            ${EndIf}
            Sleep 200
            IntOp $1 $1 + 1
            ${If} $1 > 50
                Rename "$INSTDIR\old-trayw.exe" "$INSTDIR\dingtalk-trayw.exe"
                Rename "$INSTDIR\old-tray.exe" "$INSTDIR\dingtalk-tray.exe"
                MessageBox MB_OK|MB_ICONSTOP "$(IN_USE)" /SD IDOK
                SetErrorLevel 2
                Abort "$(IN_USE)"
            ${EndIf}
        ${Loop}
    ${EndIf}
!macroend

Section "!$(APP_SECTION)" APP
    SectionIn RO
    !insertmacro STOP_APP
    RMDir /r "$INSTDIR\_internal" ; what the older version had and this one has not
    SetOutPath "$INSTDIR"
    File /r "${FOLDER}\*"
    SetOutPath "$PROFILE" ; else the shortcut begins in a folder that is to be removed
    CreateShortcut "$SMPROGRAMS\DingTalk Tray.lnk" "$INSTDIR\dingtalk-trayw.exe" "run" "$INSTDIR\dingtalk-trayw.exe"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    WriteRegStr HKCU "Software\DingTalkTray" "Folder" "$INSTDIR"
    WriteRegStr HKCU "${REMOVE}" "DisplayName" "DingTalk Tray"
    WriteRegStr HKCU "${REMOVE}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${REMOVE}" "DisplayIcon" "$INSTDIR\dingtalk-tray.exe"
    WriteRegStr HKCU "${REMOVE}" "Publisher" "The dingtalk-tray developers"
    WriteRegStr HKCU "${REMOVE}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${REMOVE}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${REMOVE}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${REMOVE}" "EstimatedSize" ${KIB}
    WriteRegDWORD HKCU "${REMOVE}" "NoModify" 1
    WriteRegDWORD HKCU "${REMOVE}" "NoRepair" 1
SectionEnd

Section /o "$(LOGIN_SECTION)" LOGIN
    nsExec::Exec '"$INSTDIR\dingtalk-tray.exe" autostart on'
    Pop $0
SectionEnd

Section
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/AUTOSTART=" $1
    ${If} $1 == "0"
        nsExec::Exec '"$INSTDIR\dingtalk-tray.exe" autostart off'
        Pop $0
    ${EndIf}
    ${If} $WasRunning == 1
        Exec '"$INSTDIR\dingtalk-trayw.exe" run'
    ${EndIf}
SectionEnd

Function .onInit
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/AUTOSTART=" $1
    ${If} $1 == "1"
        !insertmacro SelectSection ${LOGIN}
    ${EndIf}
FunctionEnd

Section "Uninstall"
    ; what the app has put elsewhere, as long as there is a program that knows: connections, start at login, keyring
    ${If} ${FileExists} "$INSTDIR\dingtalk-tray.exe"
        nsExec::Exec /TIMEOUT=60000 '"$INSTDIR\dingtalk-tray.exe" uninstall --yes'
        Pop $0
    ${EndIf}
    !insertmacro STOP_APP
    DeleteRegValue HKCU "${RUN}" "${VALUE}"
    DeleteRegValue HKCU "${SWITCHED}" "${VALUE}"
    DeleteRegKey HKCU "${REMOVE}"
    DeleteRegKey HKCU "Software\DingTalkTray"
    Delete "$SMPROGRAMS\DingTalk Tray.lnk"
    RMDir /r "$INSTDIR\_internal"
    Delete "$INSTDIR\LICENSE"
    Delete "$INSTDIR\THIRD-PARTY-LICENCES.txt"
    Delete "$INSTDIR\uninstall.exe"
    SetOutPath "$TEMP"
    RMDir "$INSTDIR"
    RMDir "$LOCALAPPDATA\Programs" ; only where it is empty: a fresh Windows has none
SectionEnd
